/** Fits the operator's accent colour to both schemes, so that all text on it and in it can be read. */

type Rgb = readonly [number, number, number];

/** The colours of one scheme, as `#rrggbb`. `ink` is the accent as text, `soft` the accent as a quiet ground. */
export interface Accent {
  readonly accent: string;
  readonly on: string;
  readonly ink: string;
  readonly soft: string;
}

const READABLE = 4.5;
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];
const LIGHT_GROUND: Rgb = [245, 246, 248];
const DARK_GROUND: Rgb = [37, 39, 44];

/** Both schemes of an accent given as `#rgb` or `#rrggbb`; null for anything else. */
export function accents(colour: string): { readonly light: Accent; readonly dark: Accent } | null {
  const rgb = read(colour);
  if (!rgb) return null;
  return { light: scheme(rgb, LIGHT_GROUND, BLACK, 0.1), dark: scheme(rgb, DARK_GROUND, WHITE, 0.22) };
}

/** WCAG's contrast of two colours, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** The parts of `#rgb` or `#rrggbb`; null for anything else. */
export function read(colour: string): Rgb | null {
  const digits = /^#(?:([\da-f]{3})|([\da-f]{6}))$/i.exec(colour.trim());
  if (!digits) return null;
  const long = digits[2] ?? [...(digits[1] ?? "")].map((digit) => digit + digit).join("");
  return [0, 2, 4].map((start) => parseInt(long.slice(start, start + 2), 16)) as unknown as Rgb;
}

function scheme(rgb: Rgb, ground: Rgb, towards: Rgb, strength: number): Accent {
  const soft = mix(ground, rgb, strength);
  let ink = rgb;
  for (let share = 0; share <= 1 && Math.min(contrast(ink, ground), contrast(ink, soft)) < READABLE; share += 0.05) {
    ink = mix(rgb, towards, share);
  }
  const on = contrast(WHITE, rgb) >= READABLE || contrast(WHITE, rgb) > contrast(BLACK, rgb) ? WHITE : BLACK;
  return { accent: hex(rgb), on: hex(on), ink: hex(ink), soft: hex(soft) };
}

function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function mix(one: Rgb, other: Rgb, share: number): Rgb {
  return one.map((part, index) => Math.round(part + ((other[index] ?? 0) - part) * share)) as unknown as Rgb;
}

function hex(rgb: Rgb): string {
  return `#${rgb.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}
