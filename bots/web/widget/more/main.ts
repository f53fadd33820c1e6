/** The widget's second file: what an opened chat may need, files to send and to see and the rating of a person's help. */

import styles from "../more.css";
import type { Room } from "../view/more.ts";
import { Attaching } from "./attaching.ts";
import { type Previews, showingFiles } from "./files.ts";
import { rating } from "./rating.ts";
import { MORE_WORDS } from "./words.ts";

declare const BUILD: string;
export const BUILT = BUILD;

export function furnish(room: Room): void {
  const { setting, root, lines } = room;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets.push(sheet);
  const words = MORE_WORDS[setting.language];
  const previews: Previews = new WeakMap();
  setting.later.showFiles = showingFiles(setting, words, previews);
  lines.append(rating(setting, words));
  new Attaching(room, words, previews);
}
