/** Remembers what must outlive a page: in the browser's storage, or in memory where that is refused. */

import { pack, unpack } from "./outbox.ts";
import type { Kept, State } from "./state.ts";

/** Everything of one server; another server's widget on the same page has its own. */
export class Memory {
  private readonly prefix: string;
  private readonly fallback = new Map<string, string>();

  constructor(server: string) {
    this.prefix = `switchboard ${server} `;
  }

  get token(): string {
    return this.get("localStorage", "token") ?? "";
  }

  set token(token: string) {
    this.set("localStorage", "token", token);
  }

  /** What the reader was writing. It belongs to the tab, as unsent messages do. */
  get draft(): string {
    return this.get("sessionStorage", "draft") ?? "";
  }

  set draft(text: string) {
    this.set("sessionStorage", "draft", text);
  }

  recall(): Kept {
    return {
      conversation: this.get("localStorage", "conversation") ?? "",
      read: Number(this.get("localStorage", "read")) || 0,
      rated: Number(this.get("localStorage", "rated")) || 0,
      safetyLine: this.get("localStorage", "safety") !== "read",
      outbox: unpack(this.get("sessionStorage", "outbox")),
    };
  }

  keep(now: State, before: State): void {
    if (now.conversation !== before.conversation) this.set("localStorage", "conversation", now.conversation);
    if (now.read !== before.read) this.set("localStorage", "read", String(now.read));
    if (now.rated !== before.rated) this.set("localStorage", "rated", String(now.rated));
    if (now.safetyLine !== before.safetyLine) this.set("localStorage", "safety", "read");
    if (now.outbox !== before.outbox) this.set("sessionStorage", "outbox", pack(now.outbox));
  }

  private get(where: "localStorage" | "sessionStorage", name: string): string | null {
    try {
      return window[where].getItem(this.prefix + name);
    } catch {
      return this.fallback.get(name) ?? null;
    }
  }

  private set(where: "localStorage" | "sessionStorage", name: string, value: string): void {
    try {
      window[where].setItem(this.prefix + name, value);
    } catch {
      this.fallback.set(name, value);
    }
  }
}
