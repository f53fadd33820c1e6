/** What this reader has chosen for this browser. */

import { signal } from "@preact/signals";

const SHORTCUTS = "switchboard console shortcuts";

/** Whether single keys act. Whoever dictates to his machine needs them off. */
export const shortcuts = signal(read());

export function setShortcuts(on: boolean): void {
  shortcuts.value = on;
  try {
    localStorage.setItem(SHORTCUTS, on ? "on" : "off");
  } catch {
    // It holds until the page is closed.
  }
}

function read(): boolean {
  try {
    return localStorage.getItem(SHORTCUTS) !== "off";
  } catch {
    return true;
  }
}
