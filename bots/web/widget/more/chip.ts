/** One chosen file above the field: what it is, how far it has come, what went wrong, and what to do then. */

import { File as FileIcon, X } from "lucide";
import { plain } from "../bidi.ts";
import { fileSize } from "../file.ts";
import { h, icon, toggle, write } from "../view/dom.ts";
import type { Setting } from "../view/frame.ts";
import { fileName } from "./files.ts";
import { canTryAgain, type Upload } from "./uploads.ts";
import type { MoreWords } from "./words.ts";

export interface Chip {
  readonly element: HTMLElement;
  /** The picture of the file, once there is one. */
  readonly picture: HTMLCanvasElement | null;
  depict(picture: HTMLCanvasElement): void;
  /** `problem` says why it failed, if it has. */
  update(upload: Upload, problem: string): void;
  /** Give the focus to what can be done with it. */
  focus(): void;
}

interface Acts {
  again(): void;
  remove(): void;
}

export function chip(setting: Setting, words: MoreWords, { name: given }: Upload, acts: Acts): Chip {
  const name = plain(given);
  const thumb = h("span", { class: "thumb" }, icon(FileIcon));
  const state = h("small", {});
  const bar = h("progress", { max: "1", "aria-label": words.uploading(name) });
  const again = button("try", `${words.again}: ${name}`, words.again, acts.again);
  const remove = button("plain remove", words.remove(name), icon(X, 16), acts.remove);
  const facts = h("div", {}, ...fileName(name), state);

  const said = ({ size: bytes, progress }: Upload) => {
    const size = fileSize(bytes, setting.language);
    if (progress === "sending") return size;
    return `${size} · ${progress === "done" ? words.uploaded : setting.words.queued}`;
  };
  return {
    element: h("li", { class: "chip" }, thumb, facts, again, remove, bar),
    get picture() {
      return thumb.querySelector("canvas");
    },
    depict: (picture) => thumb.replaceChildren(picture),
    update(upload, problem) {
      toggle(this.element, "data-progress", upload.progress);
      write(state, problem || said(upload));
      toggle(facts, "title", problem || name);
      bar.value = upload.share;
      toggle(bar, "hidden", upload.progress !== "sending");
      toggle(again, "hidden", !canTryAgain(upload));
    },
    focus: () => (again.hidden ? remove : again).focus(),
  };
}

function button(kind: string, name: string, inside: Node | string, click: () => void): HTMLButtonElement {
  return h("button", { class: kind, type: "button", "aria-label": name, title: name, click }, inside);
}
