/** Draws the server's QR code from its SVG text: known shapes only, so that nothing else can come along. */

import { h, type VNode } from "preact";

const SHAPES: ReadonlySet<string> = new Set(["path", "rect"]);
const ATTRIBUTES: readonly string[] = ["d", "x", "y", "width", "height", "transform", "fill", "stroke", "stroke-width"];

export function Qr({ svg }: { svg: string }) {
  const drawing = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  if (drawing.localName !== "svg") return null;
  const side = Number.parseFloat(drawing.getAttribute("width") ?? "") || 200;
  const box = drawing.getAttribute("viewBox") ?? `0 0 ${side} ${side}`;
  return (
    <svg class="qr" viewBox={box} role="img" aria-label="QR code, to scan with your authenticator app">
      {[...drawing.querySelectorAll("*")].filter((one) => SHAPES.has(one.localName)).map(shape)}
    </svg>
  );
}

function shape(one: Element, place: number): VNode {
  const kept = ATTRIBUTES.filter((name) => one.hasAttribute(name)).map((name) => [name, one.getAttribute(name)]);
  return h(one.localName, { key: place, ...Object.fromEntries(kept) });
}
