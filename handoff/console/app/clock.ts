/** One clock for all times on the page, set by the server's. */

import { signal } from "@preact/signals";

const TICK_MS = 10_000;

let ahead = 0;

/** The server's time in ms, moved on every ten seconds; what is shown as "2 min ago" follows it. */
export const now = signal(Date.now());

/** Take the server's own time over. */
export function setClock(at: string): void {
  const server = Date.parse(at);
  if (Number.isNaN(server)) return;
  ahead = server - Date.now();
  now.value = server;
}

export function startClock(): void {
  setInterval(() => {
    now.value = Date.now() + ahead;
  }, TICK_MS);
}
