/** Fetches the widget's second file, `more/`, once it is of use: a page whose reader has no question loads less. */

import type { State } from "../state.ts";
import type { Composer } from "./composer.ts";
import type { Setting } from "./frame.ts";
import type { Log } from "./log.ts";

/** What the second file is given to build on. */
export interface Room {
  readonly setting: Setting;
  readonly root: ShadowRoot;
  readonly panel: HTMLElement;
  readonly compose: Composer;
  readonly lines: Log;
}

/** The second file. */
export interface More {
  readonly BUILT: string;
  furnish(room: Room): void;
}

/** Both files' sources as one number, made by `build.mjs`: two files of different builds do not fit together. */
declare const BUILD: string;

export function moreWhenUseful(room: Room): void {
  const { app, server } = room.setting;
  let here = false;
  let tries = 0;
  app.store.watch(async (now, before) => {
    const connected = now.link === "ready" && before.link !== "ready";
    if (here || !useful(now) || (useful(before) && !connected)) return;
    here = true;
    try {
      // A browser remembers an address that failed, so each try has its own.
      const more: More = await import(`${server}/widget-more.js?${BUILD}.${tries++}`);
      if (more.BUILT === BUILD) more.furnish(room);
    } catch {
      // Files show by their names; the next connection tries again.
      here = false;
    }
  });
}

function useful(state: State): boolean {
  return state.open || state.messages.some((one) => one.attachments.length > 0);
}
