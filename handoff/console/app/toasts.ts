/** Short messages at the edge of the page: what was done, what failed, what can still be undone. */

import { signal } from "@preact/signals";

const SHOWN_MS = 5_000;

export interface Toast {
  readonly id: number;
  readonly tone: "plain" | "danger";
  readonly text: string;
  readonly undo: (() => void) | null;
  /** The case whose own screen says the same. */
  readonly number: number | null;
}

export const toasts = signal<readonly Toast[]>([]);

let last = 0;

/** Say something that goes away by itself. */
export function say(text: string): void {
  const id = show({ tone: "plain", text, undo: null, number: null });
  setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Say that something failed; it stays until it is read. */
export function warn(text: string): void {
  if (!toasts.value.some((one) => one.text === text)) show({ tone: "danger", text, undo: null, number: null });
}

/** Offer to undo something, until `dismiss` is called with what is returned. */
export function offerUndo(text: string, undo: () => void, number: number | null = null): number {
  return show({ tone: "plain", text, undo, number });
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id);
}

/** Undo the newest thing that can be undone; false when there is none. */
export function undoLast(): boolean {
  const newest = toasts.value.findLast((one) => one.undo !== null);
  newest?.undo?.();
  return newest !== undefined;
}

function show(toast: Omit<Toast, "id">): number {
  last += 1;
  toasts.value = [...toasts.value, { ...toast, id: last }];
  return last;
}
