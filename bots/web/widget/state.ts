/** All that the widget knows, and how each thing that happens changes it. Pure. */

import type { Link } from "./connection.ts";
import * as out from "./outbox.ts";
import type { Limits, Message, Problem, ServerFrame, Speaker, Standing } from "./protocol.ts";

export interface State {
  readonly link: Link["at"];
  /** Whether the server's transcript was seen since the page was loaded. */
  readonly filled: boolean;
  readonly online: boolean;
  readonly open: boolean;
  readonly visible: boolean;
  readonly conversation: string;
  /** What files the server takes; null when none, or when it has not said so yet. */
  readonly upload: Limits | null;
  /** The server's lines, by rising id, each once. */
  readonly messages: readonly Message[];
  readonly outbox: out.Outbox;
  readonly standing: Standing;
  readonly typing: Speaker | null;
  /** The newest line that the reader has had before his eyes. */
  readonly read: number;
  /** The newest agent's line for which the reader has rated the help, or declined to. */
  readonly rated: number;
  readonly notice: Problem | null;
  readonly safetyLine: boolean;
}

/** What outlives a reload. */
export interface Kept {
  readonly conversation: string;
  readonly read: number;
  readonly rated: number;
  readonly safetyLine: boolean;
  readonly outbox: out.Outbox;
}

export type Happening =
  | { readonly type: "heard"; readonly frame: ServerFrame }
  | { readonly type: "linked"; readonly link: Link["at"] }
  | { readonly type: "wished"; readonly wish: out.Wish; readonly at: string }
  | { readonly type: "sent" | "overdue" | "again"; readonly id: string }
  | { readonly type: "network"; readonly online: boolean }
  | { readonly type: "visible"; readonly visible: boolean }
  | { readonly type: "open"; readonly open: boolean }
  | { readonly type: "typing_ended" | "notice_read" | "safety_read" | "rating_skipped" };

export function begin(kept: Kept, online: boolean): State {
  return {
    ...kept,
    link: "idle",
    filled: false,
    online,
    open: false,
    visible: true,
    upload: null,
    messages: [],
    standing: { status: "bot", position: null, wait: null, agent: null, onDuty: true },
    typing: null,
    notice: null,
  };
}

/** Return the state after something happened. */
export function reduce(state: State, event: Happening): State {
  return seen(changed(state, event));
}

/** The id of the newest line held; 0 before the first. */
export function newest(state: State): number {
  return state.messages.at(-1)?.id ?? 0;
}

/** How many lines of others the reader has not seen. */
export function unread(state: State): number {
  return state.messages.filter((one) => one.id > state.read && (one.from === "bot" || one.from === "agent")).length;
}

/** Whether to ask for a rating: a person's help ended and it was neither rated nor declined. */
export function wantsRating(state: State): boolean {
  return state.standing.status === "resolved" && lastOfAgent(state) > state.rated;
}

function changed(state: State, event: Happening): State {
  switch (event.type) {
    case "heard":
      return heard(state, event.frame);
    case "linked":
      return event.link === "ready"
        ? { ...state, link: event.link }
        : { ...state, link: event.link, typing: null, outbox: out.interrupted(state.outbox) };
    case "wished": {
      const rated = event.wish.kind === "rate" ? lastOfAgent(state) : state.rated;
      return { ...state, rated, outbox: out.add(state.outbox, event.wish, event.at) };
    }
    case "sent":
      return { ...state, outbox: out.sent(state.outbox, event.id) };
    case "overdue":
      return { ...state, outbox: out.overdue(state.outbox, event.id) };
    case "again":
      return { ...state, outbox: out.again(state.outbox, event.id) };
    case "network":
      return { ...state, online: event.online };
    case "visible":
      return { ...state, visible: event.visible };
    case "open":
      return { ...state, open: event.open };
    case "typing_ended":
      return { ...state, typing: null };
    case "notice_read":
      return { ...state, notice: null };
    case "safety_read":
      return { ...state, safetyLine: false };
    case "rating_skipped":
      return { ...state, rated: lastOfAgent(state) };
  }
}

function heard(state: State, frame: ServerFrame): State {
  switch (frame.type) {
    case "ready": {
      const same = state.conversation === frame.conversation;
      const old = same ? state : { ...state, messages: [], read: 0, rated: 0, typing: null };
      const { conversation, upload } = frame;
      return { ...withLines(old, frame.messages), conversation, upload, filled: true };
    }
    case "message":
      return withLines(state, [frame.message]);
    case "ack":
      return { ...state, outbox: out.acknowledged(state.outbox, frame.id) };
    case "typing":
      return { ...state, typing: frame.from };
    case "status":
      return withStanding(state, frame.standing);
    case "error":
      return withProblem(state, frame.problem);
  }
}

/** Put lines where their ids say. A line that is already there is replaced: the server's last word holds. */
function withLines(state: State, lines: readonly Message[]): State {
  if (lines.length === 0) return state;
  const byId = new Map(state.messages.map((one) => [one.id, one]));
  for (const line of lines) byId.set(line.id, line);
  const messages = [...byId.values()].sort((one, other) => one.id - other.id);
  const echoes = new Set(lines.flatMap((line) => (line.clientId === null ? [] : [line.clientId])));
  const answered = lines.some((line) => line.from !== "user");
  return { ...state, messages, outbox: out.echoed(state.outbox, echoes), typing: answered ? null : state.typing };
}

/** A wish for a person that came when one was there already leaves no line; it must not stay at the end for ever. */
function withStanding(state: State, standing: Standing): State {
  const outbox =
    standing.status === "human"
      ? state.outbox.filter((one) => one.wish.kind !== "human" || one.progress !== "sent")
      : state.outbox;
  return { ...state, standing, outbox, typing: standing.status === state.standing.status ? state.typing : null };
}

function withProblem(state: State, problem: Problem): State {
  const about = state.outbox.find((one) => one.wish.id === problem.id);
  if (!about) return { ...state, notice: problem };
  const outbox = out.refused(state.outbox, about.wish.id, problem.code);
  return { ...state, outbox, notice: out.hasLine(about.wish) ? state.notice : problem };
}

function seen(state: State): State {
  const read = newest(state);
  return state.open && state.visible && read > state.read ? { ...state, read } : state;
}

function lastOfAgent(state: State): number {
  return state.messages.findLast((one) => one.from === "agent")?.id ?? 0;
}
