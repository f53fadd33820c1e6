/** Makes of the state the rows that are shown, each with a key that stays when an own line comes back. */

import { hasLine, type Progress } from "./outbox.ts";
import type { Article, Attachment, Choice, Message, Speaker } from "./protocol.ts";
import type { State } from "./state.ts";

/** `usable`: may be pressed; `chosen`: which one was. */
export interface Choices {
  readonly offered: readonly Choice[];
  readonly chosen: string | null;
  readonly usable: boolean;
}

export interface Row {
  readonly key: string;
  /** The server's id, or null before it has one. */
  readonly line: number | null;
  readonly from: Speaker;
  readonly agent: string | null;
  readonly text: string;
  readonly at: string;
  readonly article: Article | null;
  readonly attachments: readonly Attachment[];
  readonly choices: Choices | null;
  /** How far an own line has come; null for lines of others. */
  readonly progress: Progress | null;
  readonly problem: string | null;
  /** First and last of a run by the same speaker: names stand above the first, times below the last. */
  readonly first: boolean;
  readonly last: boolean;
}

const RUN_MS = 5 * 60_000;

export function timeline(state: State): readonly Row[] {
  const rows = [...state.messages.map((message, index) => lineRow(state, message, index)), ...ownRows(state)];
  return rows.map((row, index) => ({
    ...row,
    first: !sameRun(rows[index - 1], row),
    last: !sameRun(row, rows[index + 1]),
  }));
}

type Loose = Omit<Row, "first" | "last">;

function lineRow(state: State, message: Message, index: number): Loose {
  const own = message.from === "user";
  return {
    key: own && message.clientId !== null ? `o${message.clientId}` : `s${message.id}`,
    line: message.id,
    from: message.from,
    agent: message.agent,
    text: message.text,
    at: message.at,
    article: message.article,
    attachments: message.attachments,
    choices: message.choices.length ? choicesOf(state, message, index) : null,
    progress: own ? "sent" : null,
    problem: null,
  };
}

function ownRows(state: State): Loose[] {
  return state.outbox.flatMap(({ wish, at, progress, problem }) =>
    hasLine(wish)
      ? [
          {
            key: `o${wish.id}`,
            line: null,
            from: "user" as const,
            agent: null,
            text: wish.text,
            at,
            article: null,
            attachments: (wish.kind === "message" && wish.attachments) || [],
            choices: null,
            progress,
            problem,
          },
        ]
      : [],
  );
}

/**
 * Choices are used once. Newer choices take the place of older ones, and a person who holds the conversation
 * reads words, not buttons. After a reload the chosen one is known by the line that it left.
 */
function choicesOf(state: State, message: Message, index: number): Choices {
  const later = state.messages.slice(index + 1);
  const next = later.findIndex((one) => one.choices.length > 0);
  const reach = next < 0 ? later : later.slice(0, next);
  const pressed = message.choices.find(
    ({ id, label }) =>
      state.outbox.some(({ wish }) => wish.kind === "choose" && wish.choice === id) ||
      reach.some((one) => one.from === "user" && one.text === label),
  );
  return {
    offered: message.choices,
    chosen: pressed?.id ?? null,
    usable: !pressed && next < 0 && state.standing.status !== "human",
  };
}

function sameRun(earlier: Loose | undefined, later: Loose | undefined): boolean {
  if (!earlier || !later || earlier.from !== later.from || earlier.agent !== later.agent) return false;
  if (earlier.progress === "failed" || later.from === "system") return false;
  return Date.parse(later.at) - Date.parse(earlier.at) < RUN_MS;
}
