/** Keeps what an agent was writing, for each case, across reloads of the page. */

import { signal } from "@preact/signals";
import { changed } from "./store.ts";

export type Kind = "reply" | "note";

const PREFIX = "switchboard console draft ";

/** A reply and a note of the same case are different texts, so that a note is never sent by mistake. */
const written = signal<ReadonlyMap<string, string>>(new Map());

export function draftOf(number: number, kind: Kind): string {
  const key = keyOf(number, kind);
  return written.value.get(key) ?? stored(key);
}

export function keepDraft(number: number, kind: Kind, text: string): void {
  const key = keyOf(number, kind);
  written.value = changed(written.value, key, text);
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // A browser that stores nothing still keeps it in memory.
  }
}

export function hasDraft(number: number): boolean {
  return draftOf(number, "reply") !== "" || draftOf(number, "note") !== "";
}

/** Leave nothing of an agent's writing on the machine. */
export function forgetDrafts(): void {
  written.value = new Map();
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
  } catch {
    // Nothing was stored then.
  }
}

function stored(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function keyOf(number: number, kind: Kind): string {
  return `${PREFIX}${number} ${kind}`;
}
