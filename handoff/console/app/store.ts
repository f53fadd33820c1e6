/** Everything the screens show, as signals; the feed and the acts of the agent change it, screens only read it. */

import { computed, signal } from "@preact/signals";
import type { Refused } from "./api.ts";
import { now } from "./clock.ts";
import type { Agent, Colleague, Session, TicketFile, TicketRow } from "./protocol.ts";
import { openNumber } from "./route.ts";
import { customerOf } from "./words.ts";

export type SignIn =
  | { readonly at: "starting" }
  | { readonly at: "unreachable"; readonly refused: Refused }
  | { readonly at: "out"; readonly because: string | null }
  | { readonly at: "in"; readonly session: Session };

/** Something that is fetched: its place is kept while it comes, and a failure can be tried again. */
export type Loaded<T> =
  | { readonly at: "loading" }
  | { readonly at: "failed"; readonly refused: Refused }
  | { readonly at: "ready"; readonly value: T };

export type View = "waiting" | "mine" | "solved";
export type Link = "connecting" | "live" | "lost";

export const signIn = signal<SignIn>({ at: "starting" });
export const link = signal<Link>("connecting");
/** Whether the lists have come at least once. */
export const listed = signal(false);
/** Waiting tickets and those this agent holds, by number. */
export const tickets = signal<ReadonlyMap<number, TicketRow>>(new Map());
export const solved = signal<Loaded<readonly TicketRow[]>>({ at: "loading" });
export const colleagues = signal<readonly Colleague[]>([]);
export const view = signal<View>("waiting");
export const query = signal("");
/** The cases that were looked at, by number. */
export const files = signal<ReadonlyMap<number, Loaded<TicketFile>>>(new Map());
/** Until when a customer counts as writing, by ticket, in ms of the clock. */
export const writing = signal<ReadonlyMap<number, number>>(new Map());
export const helpShown = signal(false);

export const me = computed<Agent | null>(() => (signIn.value.at === "in" ? signIn.value.session.agent : null));
export const isAdmin = computed(() => me.value?.role === "admin");
export const myState = computed(
  () => colleagues.value.find((one) => one.id === me.value?.id)?.state ?? me.value?.state ?? "offline",
);

export const waiting = computed(() => ranked((one) => one.status === "waiting"));
export const mine = computed(() => ranked((one) => one.status === "held"));

/** The rows of the shown list that fit what is searched for. */
export const rows = computed<readonly TicketRow[]>(() => {
  const wanted = query.value.trim().toLowerCase().replace(/^#/, "");
  return listOf(view.value).filter((one) => !wanted || searchable(one).includes(wanted));
});

export const openFile = computed<Loaded<TicketFile> | null>(() => {
  const number = openNumber();
  return number === null ? null : (files.value.get(number) ?? { at: "loading" });
});

/** The row of the case on the screen, from whatever knows it. */
export const openTicket = computed<TicketRow | null>(() => {
  const number = openNumber();
  if (number === null) return null;
  const file = openFile.value;
  return file?.at === "ready" ? file.value.ticket : (tickets.value.get(number) ?? null);
});

export const isMine = (ticket: TicketRow): boolean => ticket.status === "held" && ticket.agent?.id === me.value?.id;
/** The customer spoke last and it is this agent's turn. */
export const owesReply = (ticket: TicketRow): boolean => isMine(ticket) && ticket.last?.from === "customer";
export const isWriting = (number: number): boolean => (writing.value.get(number) ?? 0) > now.value;

/** A copy of a map with one entry changed, or taken out. */
export function changed<K, V>(map: ReadonlyMap<K, V>, key: K, value: V | undefined): ReadonlyMap<K, V> {
  const copy = new Map(map);
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

/** Forget everything of the agent who signed out. */
export function forgetAll(): void {
  listed.value = false;
  tickets.value = new Map();
  files.value = new Map();
  writing.value = new Map();
  colleagues.value = [];
  solved.value = { at: "loading" };
  query.value = "";
  view.value = "waiting";
}

function listOf(which: View): readonly TicketRow[] {
  if (which === "waiting") return waiting.value;
  if (which === "mine") return mine.value;
  return solved.value.at === "ready" ? solved.value.value : [];
}

function ranked(fits: (ticket: TicketRow) => boolean): readonly TicketRow[] {
  return [...tickets.value.values()].filter(fits).sort((a, b) => a.rank - b.rank || a.number - b.number);
}

function searchable(ticket: TicketRow): string {
  const words = [ticket.number, customerOf(ticket), ticket.subject, ticket.last?.text, ticket.queue, ticket.language];
  return words.join(" ").toLowerCase();
}
