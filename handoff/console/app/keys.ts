/** The keyboard: one key, one act; never while a text is written. */

import { write } from "./composing.ts";
import type { Desk } from "./desk.ts";
import type { TicketRow } from "./protocol.ts";
import { caseAt, go, openNumber, replace, route } from "./route.ts";
import { shortcuts } from "./settings.ts";
import { helpShown, isMine, openTicket, rows, signIn } from "./store.ts";
import { undoLast } from "./toasts.ts";

export const SEARCH_ID = "search";

/** For the overlay that explains them. */
export const KEYS: readonly (readonly [string, string])[] = [
  ["J", "Next case"],
  ["K", "Previous case"],
  ["T", "Take the case"],
  ["R", "Write a reply"],
  ["N", "Write a private note"],
  ["E", "Resolve"],
  ["U", "Put back in line"],
  ["B", "Return to the bot"],
  ["Z", "Undo, while it is offered"],
  ["/", "Search the list"],
  ["?", "Show this help"],
  ["Esc", "Leave the field, or go back"],
];

export function listenToKeys(desk: Desk): void {
  const acts = actsOn(desk);
  document.addEventListener("keydown", (event) => {
    if (signIn.value.at !== "in" || document.querySelector("dialog[open]")) return;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") return escape(event);
    const act = acts[event.key.toLowerCase()];
    if (!act || !shortcuts.value || isField(event.target) || (event.repeat && !"jk".includes(event.key))) return;
    event.preventDefault();
    act();
  });
}

function actsOn(desk: Desk): Readonly<Record<string, () => void>> {
  return {
    j: () => move(1),
    k: () => move(-1),
    t: () => onOpen((one) => one.status === "waiting" && void desk.take(one.number)),
    r: () => onOpen((one) => isMine(one) && write("reply")),
    n: () => onOpen((one) => isMine(one) && write("note")),
    e: () => onOpen((one) => isMine(one) && desk.resolve(one.number)),
    u: () => onOpen((one) => isMine(one) && void desk.requeue(one.number)),
    b: () => onOpen((one) => isMine(one) && void desk.returnToBot(one.number)),
    z: () => void undoLast(),
    "/": () => document.getElementById(SEARCH_ID)?.focus(),
    "?": () => {
      helpShown.value = true;
    },
  };
}

function onOpen(act: (ticket: TicketRow) => unknown): void {
  const ticket = openTicket.value;
  if (ticket) act(ticket);
}

function move(by: 1 | -1): void {
  if (route.value.page !== "inbox") return go(caseAt(null));
  const list = rows.value;
  const at = list.findIndex((one) => one.number === openNumber());
  const next = list[at === -1 ? (by === 1 ? 0 : list.length - 1) : at + by];
  if (!next) return;
  replace(caseAt(next.number));
  document.getElementById(`row-${next.number}`)?.focus();
}

function escape(event: KeyboardEvent): void {
  if (isField(event.target)) return (event.target as HTMLElement).blur();
  const now = route.value;
  if (now.page !== "inbox") go(caseAt(null));
  else if (now.details) go(caseAt(now.number));
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");
}
