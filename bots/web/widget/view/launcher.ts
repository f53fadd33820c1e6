/** The bubble in the corner: opens and closes the chat, and shows how much is unread. */

import { ChevronDown, MessageCircle } from "lucide";
import { unread } from "../state.ts";
import { h, icon, toggle, write } from "./dom.ts";
import type { Part, Setting } from "./frame.ts";

const MOST_SHOWN = 99;

export function launcher({ words }: Setting, press: () => void): Part {
  const badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  const element = h(
    "button",
    { class: "launcher", type: "button", "aria-haspopup": "dialog", click: press },
    h("span", { class: "face closed" }, icon(MessageCircle, 26)),
    h("span", { class: "face opened" }, icon(ChevronDown, 26)),
    badge,
  );
  return {
    element,
    update(state) {
      const count = state.open ? 0 : unread(state);
      const label = state.open ? words.close : words.open;
      const name = count ? `${label} (${words.unread(count)})` : label;
      toggle(element, "aria-label", name);
      toggle(element, "title", name);
      toggle(element, "aria-expanded", String(state.open));
      toggle(badge, "hidden", count === 0);
      write(badge, count > MOST_SHOWN ? `${MOST_SHOWN}+` : String(count));
    },
  };
}
