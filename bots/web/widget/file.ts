/** Says what a file is called and how large it is. */

import { plain } from "./bidi.ts";

const STEPS = ["kilobyte", "megabyte", "gigabyte"] as const;

/** "3.1 MB", in the reader's way; never less than 1 kB. */
export function fileSize(bytes: number, language: string): string {
  let amount = Math.max(1, bytes / 1024);
  let step = 0;
  while (amount >= 1000 && step < STEPS.length - 1) {
    amount /= 1024;
    step += 1;
  }
  const digits = step > 0 && amount < 10 ? 1 : 0;
  const unit = STEPS[step] ?? "gigabyte";
  return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: digits }).format(amount);
}

/** A name in two: what may be cut off where room is short, and its last letters, which say what the file is. */
export function nameParts(name: string): [stem: string, end: string] {
  const shown = plain(name).replace(/\s+/g, " ");
  const end = /.{0,3}\.\w{1,5}$/u.exec(shown)?.[0] ?? "";
  return [shown.slice(0, shown.length - end.length), end];
}
