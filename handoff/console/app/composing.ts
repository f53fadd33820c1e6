/** Whether a reply or a note is being written, and bringing the cursor there. */

import { signal } from "@preact/signals";
import type { Kind } from "./drafts.ts";

export const COMPOSER_ID = "composer";

export const composing = signal<Kind>("reply");

/** Turn the composer to a kind and put the cursor into it, at once: the next key belongs to the text already. */
export function write(kind: Kind): void {
  composing.value = kind;
  const field = document.getElementById(COMPOSER_ID);
  if (field) field.focus();
  else requestAnimationFrame(() => document.getElementById(COMPOSER_ID)?.focus());
}
