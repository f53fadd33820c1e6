/** The files of a line: images in boxes of one size, anything else as a row, a refused one with the reason. */

import { File, FileX, Image } from "lucide";
import { plain } from "../bidi.ts";
import { fileSize, nameParts } from "../file.ts";
import { safeUrl } from "../markdown.ts";
import type { Attachment } from "../protocol.ts";
import { h, icon } from "../view/dom.ts";
import type { Setting } from "../view/frame.ts";
import { outward } from "../view/text.ts";
import type { MoreWords, Refusal } from "./words.ts";

/** Pictures of files that were chosen on this page. */
export type Previews = WeakMap<Attachment, HTMLCanvasElement>;

/** What shows files in place of those shown. A chosen file's picture stays behind the server's until that has come. */
export function showingFiles(setting: Setting, words: MoreWords, previews: Previews) {
  return (group: HTMLElement, files: readonly Attachment[]): void => {
    const before = [...group.children].map((one) => one.querySelector("canvas"));
    group.replaceChildren(
      ...files.map((file, index) =>
        file.image
          ? picture(setting, words, file, previews.get(file) ?? before[index] ?? null)
          : row(setting, words, file),
      ),
    );
  };
}

/** A name, shortened in its middle where room is short; screen readers say it in one. */
export function fileName(name: string): HTMLElement[] {
  const [stem, end] = nameParts(name);
  return [
    h("bdi", { class: "file-name", "aria-hidden": "true" }, h("span", {}, stem), end),
    h("span", { class: "unseen" }, plain(name)),
  ];
}

function picture(
  setting: Setting,
  words: MoreWords,
  file: Attachment,
  preview: HTMLCanvasElement | null,
): HTMLElement {
  const name = plain(file.name);
  const url = file.url && safeUrl(file.url, setting.server);
  const title = `${name} · ${fileSize(file.size, setting.language)}`;
  if (!url) return h("div", { class: "picture", title, role: "img", "aria-label": name }, icon(Image), preview);
  const fails = () => box.replaceWith(row(setting, words, file));
  const image = h("img", { alt: name, decoding: "async", src: url, error: fails });
  const box = outward(url, ...[icon(Image), preview, image].filter((one) => one !== null));
  box.className = "picture";
  box.title = title;
  return box;
}

/** A code that a later server may send counts as not received. */
function refusal({ refused }: MoreWords, code: string): string {
  return Object.hasOwn(refused, code) ? refused[code as Refusal] : refused.unavailable;
}

function row({ server, language }: Setting, words: MoreWords, file: Attachment): HTMLElement {
  const url = file.url && safeUrl(file.url, server);
  const { refused } = file;
  const small = refused === null ? fileSize(file.size, language) : refusal(words, refused);
  const inside = [icon(refused === null ? File : FileX), h("div", {}, ...fileName(file.name), h("small", {}, small))];
  const element = url ? outward(url, ...inside) : h("div", {}, ...inside);
  element.className = refused === null ? "file" : "file refused";
  element.title = plain(file.name);
  return element;
}
