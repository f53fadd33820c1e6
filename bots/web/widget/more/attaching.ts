/** Attaching files: chosen by button, drop or paste, uploaded at once, sent with the next message. */

import { Paperclip } from "lucide";
import type { Uploaded } from "../protocol.ts";
import { Store } from "../store.ts";
import { h, icon, toggle } from "../view/dom.ts";
import type { Room } from "../view/more.ts";
import { takeDropped, takePasted } from "./choosing.ts";
import type { Previews } from "./files.ts";
import { preview } from "./preview.ts";
import { Sender } from "./sender.ts";
import { Tray } from "./tray.ts";
import { NONE, reduce, standing, type Upload, type UploadEvent, type Uploads } from "./uploads.ts";
import type { MoreWords } from "./words.ts";

/** What every browser shows. */
const SHOWN = /^image\/(png|jpeg|gif|webp)$/;

export class Attaching {
  private readonly room: Room;
  private readonly words: MoreWords;
  private readonly previews: Previews;
  private readonly store = new Store<Uploads, UploadEvent>(NONE, reduce);
  private readonly sender: Sender;
  private readonly tray: Tray;
  private readonly input = h("input", { type: "file", multiple: true, hidden: true });
  private readonly button: HTMLButtonElement;

  constructor(room: Room, words: MoreWords, previews: Previews) {
    const { setting, compose, panel } = room;
    this.room = room;
    this.words = words;
    this.previews = previews;
    this.sender = new Sender(setting.server, (event) => this.store.tell(event));
    this.tray = new Tray(setting, words, {
      again: (key) => this.store.tell({ type: "again", key }),
      remove: (key) => this.remove(key),
    });
    this.button = h(
      "button",
      { class: "plain attach", type: "button", "aria-label": words.attach, title: words.attach, click: () => this.input.click() },
      icon(Paperclip),
    );
    compose.entry.append(this.button, this.input);
    compose.element.prepend(this.tray.element);
    this.listen();
    takeDropped(panel, words.drop, () => setting.app.store.now.open && this.limits !== null, (files) => this.choose(files));
    takePasted(compose.field, () => this.limits !== null, (files) => this.choose(files));
    compose.carry(this);
    this.serverSaid(true);
  }

  holdsFiles(): boolean {
    return this.store.now.all.length > 0;
  }

  sendLabel(): string | null {
    return standing(this.store.now) === "running" ? this.words.whenUploaded : null;
  }

  /** The files go now; or once all are there; or, as long as one has failed, not without the reader's word. */
  take(): readonly Uploaded[] | null {
    const { all } = this.store.now;
    switch (standing(this.store.now)) {
      case "failed": {
        const failed = all.find((one) => one.progress === "failed");
        this.tray.chip(failed?.key ?? "")?.focus();
        this.tray.say(this.words.failed);
        return null;
      }
      case "running":
        this.store.tell({ type: "armed" });
        return null;
      case "ready": {
        const files = all.map((one) => this.handOver(one));
        this.store.tell({ type: "taken" });
        return files;
      }
    }
  }

  private get limits() {
    return this.room.setting.app.store.now.upload;
  }

  private listen(): void {
    const { app } = this.room.setting;
    this.input.addEventListener("change", () => {
      this.choose([...(this.input.files ?? [])]);
      // The same file may be chosen again.
      this.input.value = "";
    });
    this.room.compose.field.addEventListener("input", () => this.store.tell({ type: "edited" }));
    this.store.watch((now, before) => this.changed(now, before));
    app.store.watch((now, before) => this.serverSaid(now.link === "ready" && before.link !== "ready"));
  }

  private changed(now: Uploads, before: Uploads): void {
    const { compose, setting } = this.room;
    this.tray.update(now, before);
    toggle(compose.element, "data-waits", now.armed);
    compose.changed();
    this.sender.follow(now.all, setting.app.store.now.link === "ready" ? setting.app.memory.token : null);
    if (now.armed && standing(now) === "ready") compose.submit();
  }

  private serverSaid(connected: boolean): void {
    const { conversation } = this.room.setting.app.store.now;
    const types = this.limits?.types ?? [];
    toggle(this.button, "hidden", this.limits === null);
    // Systems that know no type for a log file know its ending.
    toggle(this.input, "accept", [...types, ...(types.includes("text/plain") ? [".csv", ".log"] : [])].join());
    if (connected) this.store.tell({ type: "connected", conversation });
  }

  private choose(files: readonly File[]): void {
    const { limits, room } = this;
    if (!limits || !files.length) return;
    const chosen = files.map((file) => {
      const key = crypto.getRandomValues(new Uint32Array(2)).join("-");
      this.sender.hold(key, file);
      void this.depict(key, file);
      return { key, name: file.name, type: file.type, size: file.size };
    });
    this.store.tell({ type: "chosen", files: chosen, limits });
    // On a touch screen the field's focus would bring up the keyboard.
    if (!matchMedia("(pointer: coarse)").matches) room.compose.focus();
  }

  private async depict(key: string, file: File): Promise<void> {
    const picture = await preview(file);
    if (picture) this.tray.chip(key)?.depict(picture);
  }

  private remove(key: string): void {
    const at = this.store.now.all.findIndex((one) => one.key === key);
    this.store.tell({ type: "removed", key });
    const { all } = this.store.now;
    const next = this.tray.chip((all[at] ?? all[at - 1])?.key ?? "");
    (next ?? this.button).focus();
  }

  private handOver({ key, id, name, size, type }: Upload): Uploaded {
    const file = { id: id ?? "", name, size, image: SHOWN.test(type), url: null, refused: null };
    const picture = this.tray.chip(key)?.picture;
    if (picture) this.previews.set(file, picture);
    return file;
  }
}
