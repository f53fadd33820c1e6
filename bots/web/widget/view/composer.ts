/** Where the reader writes. Enter sends, Shift+Enter breaks the line, an IME's Enter does neither. */

import { ArrowUp } from "lucide";
import type { Uploaded } from "../protocol.ts";
import { h, icon, toggle, write } from "./dom.ts";
import type { Part, Setting } from "./frame.ts";

/** The files that go with the next message. */
export interface Tray {
  /** With files a message needs no words. */
  holdsFiles(): boolean;
  /** What the button to send does now, when it is not just sending. */
  sendLabel(): string | null;
  /** Hand over the files of the message that is being sent; null: it must wait for them. */
  take(): readonly Uploaded[] | null;
}

export interface Composer extends Part {
  /** The field, with room at its end for one more button. */
  readonly entry: HTMLElement;
  readonly field: HTMLTextAreaElement;
  focus(): void;
  /** Take files along from now on. */
  carry(files: Tray): void;
  /** Bring the button in line with what there is to send. */
  changed(): void;
  submit(): void;
  /** Put a question in place of an empty draft. */
  suggest(text: string): void;
}

export const LONGEST = 4_000;
const COUNT_FROM = 200;
/** What browsers report for a key that an input method has taken. */
const TAKEN_BY_IME = 229;

export function composer({ app, words }: Setting): Composer {
  const field = h("textarea", {
    rows: "1",
    maxlength: String(LONGEST),
    placeholder: words.compose,
    "aria-label": words.compose,
    enterkeyhint: "send",
    dir: "auto",
  });
  // The field grows with its text: a hidden copy of the text in the same grid cell gives the height.
  const grow = h("div", { class: "grow" }, field);
  const entry = h("div", { class: "entry" }, grow);
  const count = h("span", { class: "count", role: "status" });
  const send = h("button", { class: "send", type: "submit" }, icon(ArrowUp, 20));
  const element = h("form", { class: "composer", submit: (event) => (event.preventDefault(), submit()) }, entry, count, send);
  let tray: Tray | null = null;

  const changed = () => {
    app.memory.draft = field.value;
    toggle(grow, "data-text", `${field.value} `);
    const label = tray?.sendLabel() ?? words.send;
    toggle(send, "aria-disabled", field.value.trim() || tray?.holdsFiles() ? false : "true");
    toggle(send, "aria-label", label);
    toggle(send, "title", label);
    const left = LONGEST - field.value.length;
    write(count, left <= COUNT_FROM ? words.left(left) : "");
  };
  const submit = () => {
    const text = field.value.trim();
    if (!text && !tray?.holdsFiles()) return;
    const attachments = tray ? tray.take() : [];
    if (!attachments) return;
    app.wish({ kind: "message", text, ...(attachments.length ? { attachments } : {}) });
    field.value = "";
    changed();
  };
  field.addEventListener("input", () => {
    changed();
    if (field.value) app.typed();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === TAKEN_BY_IME) return;
    event.preventDefault();
    submit();
  });
  field.value = app.memory.draft;
  changed();

  return {
    element,
    entry,
    field,
    changed,
    submit,
    update() {},
    carry(files) {
      tray = files;
      changed();
    },
    focus: () => field.focus(),
    suggest(text) {
      if (field.value.trim()) return;
      field.value = text.slice(0, LONGEST);
      changed();
    },
  };
}
