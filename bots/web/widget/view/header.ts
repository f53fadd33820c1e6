/** The top of the chat: whose support it is, who answers now, the way out; below it the safety line. */

import { Bot, Headset, ShieldCheck, X } from "lucide";
import { standingLine } from "../words.ts";
import { h, icon, toggle, write } from "./dom.ts";
import type { Part, Setting } from "./frame.ts";

export function header({ words, language, name, mode }: Setting, close: () => void): Part {
  const bot = h("span", { class: "avatar" }, icon(Bot, 20));
  const person = h("span", { class: "avatar", hidden: true }, icon(Headset, 20));
  const standing = h("p", { class: "standing", role: "status" });
  const element = h(
    "header",
    { class: "head" },
    bot,
    person,
    h("div", { class: "who" }, h("h2", {}, name), standing),
    mode === "page" ? null : iconButton("close", words.close, X, close),
  );
  return {
    element,
    update(state) {
      const withPerson = state.standing.status === "human";
      toggle(bot, "hidden", withPerson);
      toggle(person, "hidden", !withPerson);
      toggle(standing, "data-status", state.standing.status);
      write(standing, standingLine(state.standing, language));
    },
  };
}

export function safetyLine({ app, words }: Setting): Part {
  const element = h(
    "div",
    { class: "safety", role: "note" },
    icon(ShieldCheck, 16),
    h("p", {}, words.safety),
    iconButton("dismiss", words.dismiss, X, () => app.happen({ type: "safety_read" }), 16),
  );
  return {
    element,
    update(state) {
      toggle(element, "hidden", !state.safetyLine);
    },
  };
}

function iconButton(
  kind: string,
  name: string,
  picture: typeof X,
  click: () => void,
  size = 20,
): HTMLButtonElement {
  return h("button", { class: `plain ${kind}`, type: "button", "aria-label": name, title: name, click }, icon(picture, size));
}
