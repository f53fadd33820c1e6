/** Where the reader writes. Enter sends, Shift+Enter breaks the line, an IME's Enter does neither. */

import { ArrowUp } from "lucide";
import { h, icon, toggle, write } from "./dom.ts";
import type { Part, Setting } from "./frame.ts";

export interface Composer extends Part {
  focus(): void;
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
  const count = h("span", { class: "count", role: "status" });
  const send = h("button", { class: "send", type: "submit", "aria-label": words.send, title: words.send }, icon(ArrowUp, 20));
  const element = h("form", { class: "composer", submit: (event) => (event.preventDefault(), submit()) }, grow, count, send);

  const changed = () => {
    app.memory.draft = field.value;
    toggle(grow, "data-text", `${field.value} `);
    toggle(send, "aria-disabled", field.value.trim() ? false : "true");
    const left = LONGEST - field.value.length;
    write(count, left <= COUNT_FROM ? words.left(left) : "");
  };
  const submit = () => {
    const text = field.value.trim();
    if (!text) return;
    app.wish({ kind: "message", text });
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
    update() {},
    focus: () => field.focus(),
    suggest(text) {
      if (field.value.trim()) return;
      field.value = text.slice(0, LONGEST);
      changed();
    },
  };
}
