/** What the reader has done and the server may not know yet: kept in order, sent once, never forgotten. */

import type { ClientFrame, Uploaded } from "./protocol.ts";

/** One act of the reader. Its id is made here, once; the server uses it to tell a repeat from a new act. */
export type Wish =
  | {
      readonly kind: "message";
      readonly id: string;
      readonly text: string;
      readonly attachments?: readonly Uploaded[];
    }
  | { readonly kind: "choose"; readonly id: string; readonly choice: string; readonly text: string }
  | { readonly kind: "human"; readonly id: string; readonly text: string }
  | { readonly kind: "leave"; readonly id: string }
  | { readonly kind: "rate"; readonly id: string; readonly score: number; readonly comment: string };

/** `waiting` for a connection, `sending` until the ack, `sent` until its line comes back in the transcript. */
export type Progress = "waiting" | "sending" | "sent" | "failed";

export interface Outgoing {
  readonly wish: Wish;
  readonly at: string;
  readonly progress: Progress;
  readonly tries: number;
  /** Why it failed: the server's code, or `overdue` when no answer came. */
  readonly problem: string | null;
}

export type Outbox = readonly Outgoing[];

/** After so many sends without an answer the reader is asked to decide. */
export const TRIES = 2;

export function add(outbox: Outbox, wish: Wish, at: string): Outbox {
  return [...outbox, { wish, at, progress: "waiting", tries: 0, problem: null }];
}

/** It was written to the socket. */
export function sent(outbox: Outbox, id: string): Outbox {
  return change(outbox, id, (one) => ({ ...one, progress: "sending", tries: one.tries + 1 }));
}

/** The server has stored it. What leaves no line of its own in the transcript is done with. */
export function acknowledged(outbox: Outbox, id: string): Outbox {
  return outbox
    .filter((one) => one.wish.id !== id || hasLine(one.wish))
    .map((one) => (one.wish.id === id ? { ...one, progress: "sent", problem: null } : one));
}

/** No answer came in time: once more, and then the reader decides. */
export function overdue(outbox: Outbox, id: string): Outbox {
  return change(outbox, id, (one) => {
    if (one.progress !== "sending") return one;
    return one.tries < TRIES
      ? { ...one, progress: "waiting" }
      : { ...one, progress: "failed", problem: "overdue" };
  });
}

/** The server refused it. What has no line to show the refusal on is dropped; the notice tells it. */
export function refused(outbox: Outbox, id: string, problem: string): Outbox {
  return outbox
    .filter((one) => one.wish.id !== id || hasLine(one.wish))
    .map((one) => (one.wish.id === id ? { ...one, progress: "failed", problem } : one));
}

/** The reader wants it sent again, under the same id. */
export function again(outbox: Outbox, id: string): Outbox {
  return change(outbox, id, (one) =>
    one.progress === "failed" ? { ...one, progress: "waiting", tries: 0, problem: null } : one,
  );
}

/** The connection is gone: what was under way goes again, with the next one. */
export function interrupted(outbox: Outbox): Outbox {
  return outbox.map((one) => (one.progress === "sending" ? { ...one, progress: "waiting" } : one));
}

/** Its line came back in the transcript. */
export function echoed(outbox: Outbox, ids: ReadonlySet<string>): Outbox {
  return outbox.some((one) => ids.has(one.wish.id)) ? outbox.filter((one) => !ids.has(one.wish.id)) : outbox;
}

/** Whether an act shows in the conversation as the reader's own line. */
export function hasLine(wish: Wish): wish is Extract<Wish, { text: string }> {
  return wish.kind === "message" || wish.kind === "choose" || wish.kind === "human";
}

/** The frame that tells the server of it. */
export function frameOf(wish: Wish): ClientFrame {
  switch (wish.kind) {
    case "message": {
      const ids = wish.attachments?.map((one) => one.id) ?? [];
      return { type: "message", id: wish.id, text: wish.text, ...(ids.length ? { attachments: ids } : {}) };
    }
    case "choose":
      return { type: "choose", id: wish.id, choice: wish.choice };
    case "human":
      return { type: "human", id: wish.id };
    case "leave":
      return { type: "leave", id: wish.id };
    case "rate":
      return { type: "rate", id: wish.id, score: wish.score, ...(wish.comment ? { comment: wish.comment } : {}) };
  }
}

/** What must outlive a reload, as text. */
export function pack(outbox: Outbox): string {
  return JSON.stringify(outbox.filter((one) => one.progress !== "sent").map(({ wish, at }) => ({ wish, at })));
}

/** Read what `pack` wrote; anything else gives an empty outbox. */
export function unpack(text: string | null): Outbox {
  try {
    const kept: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(kept) ? kept.filter(isKept).reduce((all, { wish, at }) => add(all, wish, at), [] as Outbox) : [];
  } catch {
    return [];
  }
}

function isKept(raw: unknown): raw is { wish: Wish; at: string } {
  const kept = raw as { wish?: Partial<Wish>; at?: unknown } | null;
  return typeof kept?.at === "string" && typeof kept.wish?.id === "string" && typeof kept.wish.kind === "string";
}

function change(outbox: Outbox, id: string, how: (one: Outgoing) => Outgoing): Outbox {
  return outbox.map((one) => (one.wish.id === id ? how(one) : one));
}
