/** What every part of the widget is given, and what it gives back. */

import type { App } from "../app.ts";
import type { Language } from "../language.ts";
import type { Attachment } from "../protocol.ts";
import type { State } from "../state.ts";
import type { Words } from "../words.ts";

export interface Setting {
  readonly app: App;
  readonly server: string;
  readonly language: Language;
  readonly words: Words;
  /** Whose support this is. */
  readonly name: string;
  /** `page`: the widget is the whole page, with no bubble and no way to close it. */
  readonly mode: "bubble" | "page";
  readonly later: Later;
}

/** What the second file does better once it is there. */
export interface Later {
  showFiles(group: HTMLElement, files: readonly Attachment[]): void;
}

/** One part of the screen. `update` brings it in line with the state and is cheap when nothing changed. */
export interface Part {
  readonly element: HTMLElement;
  update(state: State): void;
}
