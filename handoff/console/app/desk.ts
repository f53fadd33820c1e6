/** What an agent does with tickets: look, take, put back, return, resolve. The server's word decides, never the page's. */

import { signal } from "@preact/signals";
import { type Api, asRefused, type Refused } from "./api.ts";
import { keepDraft } from "./drafts.ts";
import { put, putFile, toldOf } from "./feed.ts";
import { type Outbox, UNDO_MS } from "./outbox.ts";
import type { TicketFile, TicketRow } from "./protocol.ts";
import { openNumber } from "./route.ts";
import { changed, files, solved, type View, view } from "./store.ts";
import { dismiss, offerUndo, say, warn } from "./toasts.ts";
import { problemOf } from "./words.ts";

export type Act = "take" | "requeue" | "return" | "resolve";

/** What is being done to which ticket, until the server has answered. */
export const acting = signal<ReadonlyMap<number, Act>>(new Map());

const TYPING_MS = 4_000;
const DONE: Readonly<Record<Act, string>> = {
  take: "is yours",
  requeue: "is back in line",
  return: "is with the bot again",
  resolve: "is solved",
};

/** The acts on tickets, each at most once at a time. */
export class Desk {
  private readonly api: Api;
  private readonly outbox: Outbox;
  private readonly resolving = new Map<number, { timer: ReturnType<typeof setTimeout>; toast: number }>();
  private typedAt = Number.NEGATIVE_INFINITY;

  constructor(api: Api, outbox: Outbox) {
    this.api = api;
    this.outbox = outbox;
  }

  /** Fetch a case; what is known of it already stays on the screen meanwhile. */
  async load(number: number): Promise<void> {
    const before = files.value.get(number);
    const told = toldOf(number);
    if (before?.at !== "ready") files.value = changed(files.value, number, { at: "loading" });
    try {
      putFile(await this.api.get<TicketFile>(`tickets/${number}`), told);
    } catch (error) {
      if (before?.at !== "ready")
        files.value = changed(files.value, number, { at: "failed", refused: asRefused(error) });
    }
  }

  async loadSolved(): Promise<void> {
    if (solved.value.at === "failed") solved.value = { at: "loading" };
    try {
      const found = await this.api.get<{ tickets: readonly TicketRow[] }>("tickets?view=solved");
      solved.value = { at: "ready", value: found.tickets };
    } catch (error) {
      if (solved.value.at !== "ready") solved.value = { at: "failed", refused: asRefused(error) };
    }
  }

  /** Ask for a ticket. It is shown as ours only after the server said so. */
  async take(number: number): Promise<boolean> {
    const taken = await this.act(number, "take");
    if (taken) this.followTo("mine", number);
    return taken;
  }

  requeue(number: number): Promise<boolean> {
    return this.act(number, "requeue");
  }

  returnToBot(number: number): Promise<boolean> {
    return this.act(number, "return");
  }

  /** Resolve after the time for undoing. */
  resolve(number: number): void {
    if (acting.value.has(number)) return;
    acting.value = changed(acting.value, number, "resolve");
    const toast = offerUndo(`Resolving #${number}`, () => this.keepOpen(number));
    const timer = setTimeout(() => {
      this.disarm(number);
      void this.act(number, "resolve");
    }, UNDO_MS);
    this.resolving.set(number, { timer, toast });
  }

  /** Undo a resolve that has not been sent. */
  keepOpen(number: number): void {
    if (this.disarm(number)) acting.value = changed(acting.value, number, undefined);
  }

  canKeepOpen(number: number): boolean {
    return this.resolving.has(number);
  }

  /** Show the customer that an answer is being written; not with every key. */
  typing(number: number): void {
    if (performance.now() - this.typedAt < TYPING_MS) return;
    this.typedAt = performance.now();
    void this.api.post(`tickets/${number}/typing`).catch(() => undefined);
  }

  /** The page goes away: what was decided is sent all the same. */
  leave(): void {
    for (const number of this.resolving.keys()) {
      this.disarm(number);
      void this.api.post(`tickets/${number}/resolve`, {}, true).catch(() => undefined);
    }
  }

  forget(): void {
    for (const number of this.resolving.keys()) this.disarm(number);
    acting.value = new Map();
  }

  private async act(number: number, act: Act): Promise<boolean> {
    const now = acting.value.get(number);
    if (now !== undefined && !(now === "resolve" && act === "resolve")) return false;
    acting.value = changed(acting.value, number, act);
    try {
      await this.outbox.flush(number);
      const { ticket } = await this.api.post<{ ticket: TicketRow }>(`tickets/${number}/${act}`);
      put(ticket);
      if (act === "resolve") for (const kind of ["reply", "note"] as const) keepDraft(number, kind, "");
      say(`#${number} ${DONE[act]}`);
      return true;
    } catch (error) {
      await this.refused(number, asRefused(error));
      return false;
    } finally {
      acting.value = changed(acting.value, number, undefined);
    }
  }

  private async refused(number: number, refused: Refused): Promise<void> {
    if (refused.code !== "taken") return warn(`#${number}: ${problemOf(refused)}`);
    await this.load(number);
    const file = files.value.get(number);
    const by = file?.at === "ready" ? file.value.ticket.agent?.name : null;
    warn(by ? `#${number} was taken by ${by}.` : `#${number}: ${problemOf(refused)}`);
  }

  private followTo(list: View, number: number): void {
    if (openNumber() === number) view.value = list;
  }

  private disarm(number: number): boolean {
    const armed = this.resolving.get(number);
    if (!armed) return false;
    clearTimeout(armed.timer);
    dismiss(armed.toast);
    return this.resolving.delete(number);
  }
}
