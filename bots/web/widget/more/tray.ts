/** The files above the field, one chip each, and what is said about them all. */

import { plain } from "../bidi.ts";
import { fileSize } from "../file.ts";
import { wait } from "../time.ts";
import { h, write } from "../view/dom.ts";
import type { Setting } from "../view/frame.ts";
import { type Chip, chip } from "./chip.ts";
import type { Upload, Uploads } from "./uploads.ts";
import type { MoreWords } from "./words.ts";

export interface Acts {
  again(key: string): void;
  remove(key: string): void;
}

export class Tray {
  readonly element: HTMLElement;
  private readonly list: HTMLElement;
  private readonly hint = h("p", { class: "hint", role: "status" });
  private readonly news = h("p", { class: "unseen", role: "status" });
  private readonly chips = new Map<string, Chip>();
  private readonly setting: Setting;
  private readonly words: MoreWords;
  private readonly acts: Acts;

  constructor(setting: Setting, words: MoreWords, acts: Acts) {
    this.setting = setting;
    this.words = words;
    this.acts = acts;
    this.list = h("ul", { class: "chips", "aria-label": words.files });
    this.element = h("div", { class: "tray" }, this.list, this.hint, this.news);
  }

  chip(key: string): Chip | undefined {
    return this.chips.get(key);
  }

  update(now: Uploads, before: Uploads): void {
    for (const [key, one] of this.chips) {
      if (now.all.some((upload) => upload.key === key)) continue;
      one.element.remove();
      this.chips.delete(key);
    }
    for (const upload of now.all) this.draw(upload);
    this.say(this.hintOf(now));
    this.tellNews(now, before);
  }

  /** One line below the files, which screen readers say too. */
  say(line: string): void {
    write(this.hint, line);
  }

  private draw(upload: Upload): void {
    const { key } = upload;
    const there = this.chips.get(key);
    if (there) return there.update(upload, this.problem(upload));
    const { words, setting, acts } = this;
    const made = chip(setting, words, upload, { again: () => acts.again(key), remove: () => acts.remove(key) });
    this.chips.set(key, made);
    this.list.append(made.element);
    made.update(upload, this.problem(upload));
    this.list.scrollTop = this.list.scrollHeight;
  }

  private hintOf({ surplus, armed }: Uploads): string {
    if (surplus > 0) return this.words.atMost(this.setting.app.store.now.upload?.perMessage ?? 0, surplus);
    return armed ? this.words.whenUploaded : "";
  }

  /** For those who do not see it: which files are there now, and which are not. */
  private tellNews(now: Uploads, before: Uploads): void {
    const moved = now.all.filter((one) => before.all.find(({ key }) => key === one.key)?.progress !== one.progress);
    if (!moved.length) return;
    const lines = moved.flatMap((one) => {
      if (one.progress === "failed") return [`${plain(one.name)}: ${this.problem(one)}`];
      return one.progress === "done" ? [`${plain(one.name)}: ${this.words.uploaded}`] : [];
    });
    write(this.news, lines.join(". "));
  }

  /** Why a file failed, in the reader's words. */
  private problem({ problem, retryAfter }: Upload): string {
    const { words, setting } = this;
    switch (problem) {
      case null:
        return "";
      case "too_large":
        return words.tooLarge(fileSize(setting.app.store.now.upload?.bytes ?? 0, setting.language));
      case "type_refused":
      case "infected":
        return words.refused[problem];
      case "rate_limited":
        return words.tooMany(wait(retryAfter ?? 0, setting.language));
      default:
        return words.lost;
    }
  }
}
