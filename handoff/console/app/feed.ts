/** Writes what the live feed tells into the store. */

import { batch } from "@preact/signals";
import { now, setClock } from "./clock.ts";
import { settle, settleAll } from "./outbox.ts";
import type { Line, ServerFrame, TicketFile, TicketRow, Understood } from "./protocol.ts";
import { changed, colleagues, files, isMine, link, listed, solved, tickets, writing } from "./store.ts";

const TYPING_MS = 6_000;

/** The last row that was told of each case: newer than the answer to a fetch that began before. */
const told = new Map<number, TicketRow>();

/** Lines that came by the feed while their case was being fetched: the answer may be older than they are. */
const early = new Map<number, readonly Line[]>();

export const toldOf = (number: number): TicketRow | undefined => told.get(number);

/** Take one frame in. Errors and the end of the session are the caller's. */
export function apply(frame: Exclude<ServerFrame, { type: "error" | "signed_out" }>): void {
  batch(() => {
    switch (frame.type) {
      case "snapshot":
        setClock(frame.at);
        tickets.value = new Map([...frame.waiting, ...frame.mine].map((one) => [one.number, one]));
        for (const one of tickets.value.values()) told.set(one.number, one);
        colleagues.value = frame.agents;
        listed.value = true;
        link.value = "live";
        return;
      case "ticket":
        return put(frame.ticket);
      case "gone":
        tickets.value = changed(tickets.value, frame.number, undefined);
        return;
      case "agents":
        colleagues.value = frame.agents;
        return;
      case "line":
        return addLine(frame.number, frame.line);
      case "understood":
        return mark(frame.number, frame.line_id, frame.understood);
      case "typing":
        writing.value = changed(writing.value, frame.number, now.value + TYPING_MS);
        setTimeout(() => stopWriting(frame.number), TYPING_MS);
    }
  });
}

/** Show a ticket as it is now, wherever it stands. */
export function put(ticket: TicketRow): void {
  told.set(ticket.number, ticket);
  batch(() => {
    const stays = ticket.status === "waiting" || isMine(ticket);
    tickets.value = changed(tickets.value, ticket.number, stays ? ticket : undefined);
    edit(ticket.number, (file) => ({ ...file, ticket }));
    const done = solved.value;
    if (done.at !== "ready") return;
    const others = done.value.filter((one) => one.number !== ticket.number);
    if (ticket.status !== "solved" && others.length === done.value.length) return;
    const rows = ticket.status === "solved" ? [ticket, ...others].sort((a, b) => a.rank - b.rank) : others;
    solved.value = { at: "ready", value: rows };
  });
}

/** Show a case that was fetched when `before` was told of it; what came by the feed meanwhile stays. */
export function putFile(fetched: TicketFile, before: TicketRow | undefined): void {
  const { number } = fetched.ticket;
  const newer = toldOf(number);
  const shown = files.value.get(number);
  const known = shown?.at === "ready" ? shown.value.lines : [];
  const ticket = newer && newer !== before ? newer : fetched.ticket;
  const lines = [...fetched.lines, ...(early.get(number) ?? [])].reduce(withLine, known);
  early.delete(number);
  const value = { ...fetched, ticket, lines };
  files.value = changed(files.value, number, { at: "ready", value });
  settleAll(number);
}

function addLine(number: number, line: Line): void {
  if (files.value.get(number)?.at === "loading") early.set(number, withLine(early.get(number) ?? [], line));
  edit(number, (file) => ({ ...file, lines: withLine(file.lines, line) }));
  if (line.from === "customer") stopWriting(number);
  settle(number, line);
}

function mark(number: number, id: number, understood: Understood | null): void {
  edit(number, (file) => ({
    ...file,
    lines: file.lines.map((line) => (line.id === id ? { ...line, understood } : line)),
  }));
}

function stopWriting(number: number): void {
  writing.value = changed(writing.value, number, undefined);
}

function edit(number: number, change: (file: TicketFile) => TicketFile): void {
  const file = files.value.get(number);
  if (file?.at === "ready") files.value = changed(files.value, number, { at: "ready", value: change(file.value) });
}

/** Lines in order of their ids; one that is known already is replaced, but never loses what was understood. */
function withLine(lines: readonly Line[], line: Line): readonly Line[] {
  const known = lines.find((one) => one.id === line.id);
  if (known) {
    const kept = { ...line, understood: line.understood ?? known.understood };
    return lines.map((one) => (one === known ? kept : one));
  }
  const last = lines.at(-1);
  const all = [...lines, line];
  return !last || last.id < line.id ? all : all.sort((a, b) => a.id - b.id);
}
