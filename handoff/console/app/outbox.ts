/** What the agent wrote and the transcript does not show yet: undone, sent once in order, or sent again. */

import { signal } from "@preact/signals";
import { type Api, asRefused } from "./api.ts";
import { draftOf, keepDraft, type Kind } from "./drafts.ts";
import type { Line } from "./protocol.ts";
import { files, me } from "./store.ts";
import { dismiss, offerUndo } from "./toasts.ts";
import { problemOf } from "./words.ts";

/** So long a reply can be taken back before it is sent. */
export const UNDO_MS = 5_000;

export interface Pending {
  /** The page's own; the server writes each once, so that sending again is safe. */
  readonly id: string;
  readonly number: number;
  readonly kind: Kind;
  readonly text: string;
  readonly state: "undoable" | "sending" | "sent" | "failed";
  /** The newest line when it was written: only a later one can be it. */
  readonly after: number;
  readonly problem: string | null;
}

export const pending = signal<readonly Pending[]>([]);

const timers = new Map<string, { timer: ReturnType<typeof setTimeout>; toast: number }>();
const queues = new Map<number, Promise<void>>();

/** Sends what is written, case by case in order. */
export class Outbox {
  private readonly api: Api;

  constructor(api: Api) {
    this.api = api;
  }

  /** A reply waits for its undo; a note goes at once. */
  submit(number: number, kind: Kind, text: string): void {
    const id = freshId();
    const state = kind === "reply" ? "undoable" : "sending";
    const one: Pending = { id, number, kind, text, state, after: newestLine(number), problem: null };
    pending.value = [...pending.value, one];
    if (kind === "note") return void this.send(one);
    const toast = offerUndo(`Sending your reply to #${number}`, () => this.undo(id), number);
    timers.set(id, { toast, timer: setTimeout(() => void this.release(id), UNDO_MS) });
  }

  /** Take a reply back into the draft, in front of what was written since. */
  undo(id: string): void {
    const one = pending.value.find((item) => item.id === id);
    if (!one || !disarm(id)) return;
    remove(id);
    const later = draftOf(one.number, "reply");
    keepDraft(one.number, "reply", later ? `${one.text}\n\n${later}` : one.text);
  }

  again(id: string): void {
    const one = pending.value.find((item) => item.id === id);
    if (one?.state === "failed") void this.send(one);
  }

  /** Give up on one that failed, and write it anew. */
  reopen(id: string): void {
    const one = pending.value.find((item) => item.id === id);
    if (one?.state !== "failed") return;
    remove(id);
    keepDraft(one.number, one.kind, one.text);
  }

  /** Wait for no undo of this case any more. Returns when everything that was written has been tried. */
  async flush(number: number): Promise<void> {
    for (const one of pending.value) if (one.number === number) void this.release(one.id);
    await queues.get(number);
  }

  /** The page goes away: what was submitted is sent all the same. */
  leave(): void {
    for (const one of pending.value) {
      if (!disarm(one.id)) continue;
      update(one.id, { state: "sent" });
      void this.api.post(path(one), { id: one.id, text: one.text }, true).catch(() => undefined);
    }
  }

  private async release(id: string): Promise<void> {
    const one = pending.value.find((item) => item.id === id);
    if (one && disarm(id)) await this.send(one);
  }

  private send(one: Pending): Promise<void> {
    update(one.id, { state: "sending", problem: null });
    const sent = (queues.get(one.number) ?? Promise.resolve()).then(async () => {
      try {
        await this.api.post(path(one), { id: one.id, text: one.text });
        update(one.id, { state: "sent" });
        settleAll(one.number);
      } catch (error) {
        update(one.id, { state: "failed", problem: problemOf(asRefused(error)) });
      }
    });
    queues.set(one.number, sent);
    return sent;
  }
}

/** A line came: the pending one that it is needs no more showing. */
export function settle(number: number, line: Line): void {
  if (line.from !== "agent" || line.agent?.id !== me.value?.id) return;
  const fitting = pending.value.filter(
    (one) =>
      one.number === number &&
      one.after < line.id &&
      one.state !== "undoable" &&
      (one.kind === "note") === line.private,
  );
  // The server may have taken a secret out of the text: then it is the oldest of those it has accepted.
  const it = fitting.find((one) => one.text === line.text) ?? fitting.find((one) => one.state === "sent");
  if (!it) return;
  remove(it.id);
  // A line answers for one pending message only.
  pending.value = pending.value.map((one) =>
    one.number === number && one.after < line.id ? { ...one, after: line.id } : one,
  );
}

/** Look again at the lines that are there: one may have come before the server said that it took it. */
export function settleAll(number: number): void {
  const file = files.value.get(number);
  if (file?.at === "ready") for (const line of file.value.lines) settle(number, line);
}

/** Forget all when the agent signs out. */
export function forgetPending(): void {
  for (const one of pending.value) disarm(one.id);
  pending.value = [];
}

function disarm(id: string): boolean {
  const armed = timers.get(id);
  if (!armed) return false;
  clearTimeout(armed.timer);
  dismiss(armed.toast);
  return timers.delete(id);
}

function update(id: string, change: Partial<Pending>): void {
  pending.value = pending.value.map((one) => (one.id === id ? { ...one, ...change } : one));
}

function remove(id: string): void {
  pending.value = pending.value.filter((one) => one.id !== id);
}

function path(one: Pending): string {
  return `tickets/${one.number}/${one.kind}`;
}

function newestLine(number: number): number {
  const file = files.value.get(number);
  return file?.at === "ready" ? (file.value.lines.at(-1)?.id ?? 0) : 0;
}

function freshId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
