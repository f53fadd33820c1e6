/** Asks how the help was, once a person's case is solved. Five steps, a comment if wanted, or neither. */

import { wantsRating } from "../state.ts";
import { h, toggle, write } from "../view/dom.ts";
import type { Part, Setting } from "../view/frame.ts";
import type { MoreWords } from "./words.ts";

export function rating({ app }: Setting, words: MoreWords): Part {
  let score = 0;
  const meaning = h("p", { class: "meaning", "aria-live": "polite" });
  const comment = h("textarea", { rows: "2", maxlength: "1000", "aria-label": words.comment, placeholder: words.comment });
  const submit = h("button", { class: "primary", type: "submit", disabled: true }, words.submit);
  const steps = words.scores.map((name, index) =>
    h(
      "label",
      { class: "step", title: name },
      h("input", { type: "radio", name: "score", value: String(index + 1), "aria-label": `${index + 1}: ${name}`, change: () => pick(index + 1) }),
      h("span", { "aria-hidden": "true" }, String(index + 1)),
    ),
  );
  const pick = (chosen: number) => {
    score = chosen;
    toggle(submit, "disabled", false);
    write(meaning, words.scores[chosen - 1] ?? "");
  };
  const element = h(
    "form",
    {
      class: "rating",
      hidden: true,
      submit: (event) => {
        event.preventDefault();
        if (score) app.wish({ kind: "rate", score, comment: comment.value.trim() });
      },
    },
    h("fieldset", {}, h("legend", {}, words.rate), h("div", { class: "steps" }, ...steps), meaning),
    comment,
    h(
      "div",
      { class: "ends" },
      h("button", { class: "quiet", type: "button", click: () => app.happen({ type: "rating_skipped" }) }, words.skip),
      submit,
    ),
  );
  return {
    element,
    update(state) {
      const wanted = wantsRating(state);
      if (!wanted && !element.hidden) {
        element.reset();
        score = 0;
        toggle(submit, "disabled", true);
        write(meaning, "");
      }
      toggle(element, "hidden", !wanted);
    },
  };
}
