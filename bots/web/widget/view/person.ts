/** The way to a person: always there. While waiting it is the way out of the queue. */

import { Headset } from "lucide";
import { h, icon, toggle, write } from "./dom.ts";
import type { Part, Setting } from "./frame.ts";

export function person({ app, words }: Setting): Part {
  let leaves = false;
  let busy = false;
  const label = h("span", {});
  const button = h(
    "button",
    {
      class: "quiet person",
      type: "button",
      click: () => {
        if (!busy) app.wish(leaves ? { kind: "leave" } : { kind: "human", text: words.person });
      },
    },
    icon(Headset, 16),
    label,
  );
  const held = h("p", { class: "held", hidden: true }, icon(Headset, 16), words.withPerson);
  return {
    element: h("div", { class: "foot" }, button, held),
    update(state) {
      const { status } = state.standing;
      leaves = status === "queued";
      busy = state.outbox.some(
        ({ wish, progress }) => (wish.kind === "human" || wish.kind === "leave") && progress !== "failed",
      );
      write(label, leaves ? words.leave : words.person);
      toggle(button, "aria-disabled", busy ? "true" : false);
      toggle(button, "hidden", status === "human");
      toggle(held, "hidden", status !== "human");
    },
  };
}
