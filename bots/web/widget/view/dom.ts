/** Makes elements. Text only ever becomes text nodes, and no attribute carries style or script. */

import type { IconNode } from "lucide";

type Props = Readonly<Record<string, string | boolean | ((event: Event) => void)>>;
type Child = Node | string | null;

/** An element with attributes, and listeners for the properties that are functions. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else toggle(element, name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Set an attribute, or take it away for `false`. Does not touch the page when nothing changes. */
export function toggle(element: Element, name: string, value: string | boolean): void {
  const text = value === true ? "" : value;
  if (text === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** Set an element's text, leaving the page alone when it is the same: screen readers would say it again. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A picture beside words, silent to screen readers. */
export function icon(node: IconNode, size = 20): SVGSVGElement {
  const svg = shape("svg", {
    viewBox: "0 0 24 24",
    width: size,
    height: size,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": 1.5,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  }) as SVGSVGElement;
  svg.append(...node.map(([tag, attributes]) => shape(tag, attributes)));
  return svg;
}

function shape(tag: string, attributes: Readonly<Record<string, string | number | undefined>>): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}
