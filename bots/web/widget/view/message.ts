/** One line of the conversation, with its choices, its source and how far it has come. */

import { ArrowUpRight, Check, CircleAlert, Clock, RotateCw } from "lucide";
import { languageOf } from "../language.ts";
import { safeUrl } from "../markdown.ts";
import type { Article } from "../protocol.ts";
import { ago, day, exact } from "../time.ts";
import type { Choices, Row } from "../timeline.ts";
import { problemLine } from "../words.ts";
import { h, icon, toggle, write } from "./dom.ts";
import type { Setting } from "./frame.ts";
import { formatted, outward, verbatim } from "./text.ts";

export interface MessageView {
  readonly element: HTMLElement;
  update(row: Row): void;
  /** Show the files anew. */
  refill(): void;
  /** Say the time anew. */
  tick(now: number): void;
}

export function messageView(setting: Setting, row: Row): MessageView {
  const name = h("span", { class: "name" });
  const bubble = h("div", { class: "bubble", dir: "auto" });
  const files = h("div", { class: "files", "aria-live": row.from === "user" && "off" });
  const choices = h("div", { class: "choices", role: "group", "aria-label": setting.words.choices, hidden: true });
  const time = h("time", {});
  const state = h("span", { class: "state" });
  const meta = h("div", { class: "meta" }, state, time);
  const element = h("div", { class: "row", "data-from": row.from }, name, bubble, files, choices, meta);
  let shown: Row | null = null;

  const view: MessageView = {
    element,
    update(next) {
      if (shown?.text !== next.text || shown.article?.url !== next.article?.url) fillBubble(setting, bubble, next);
      if (shown?.attachments !== next.attachments) setting.later.showFiles(files, next.attachments);
      if (next.choices && !sameChoices(shown?.choices, next.choices)) fillChoices(setting, choices, next.choices);
      if (shown?.progress !== next.progress || shown.problem !== next.problem) fillState(setting, state, next);
      toggle(bubble, "hidden", !next.text && next.attachments.length > 0);
      toggle(choices, "hidden", next.choices === null);
      toggle(element, "data-line", next.line === null ? false : String(next.line));
      toggle(element, "data-first", next.first);
      toggle(element, "data-last", next.last);
      toggle(element, "data-progress", next.progress ?? false);
      toggle(time, "datetime", next.at);
      toggle(time, "title", exact(next.at, setting.language));
      write(name, speakerName(setting, next));
      shown = next;
      view.tick(Date.now());
    },
    refill() {
      if (shown) setting.later.showFiles(files, shown.attachments);
    },
    tick(now) {
      if (shown) write(time, ago(shown.at, now, setting.language, setting.words.justNow));
    },
  };
  view.update(row);
  return view;
}

function speakerName({ words }: Setting, row: Row): string {
  switch (row.from) {
    case "user":
      return words.you;
    case "bot":
      return words.assistant;
    case "agent":
      return row.agent ?? words.agent;
    case "system":
      return "";
  }
}

function fillBubble(setting: Setting, bubble: HTMLElement, row: Row): void {
  toggle(bubble, "lang", languageOf(row.text, setting.language));
  if (row.from === "user") return bubble.replaceChildren(verbatim(row.text));
  bubble.replaceChildren(...formatted(row.text, setting.server), ...(row.article ? source(setting, row.article) : []));
}

/** Where an answer comes from: what the bot says can be checked. */
function source({ server, words, language }: Setting, article: Article): HTMLElement[] {
  const url = safeUrl(article.url, server);
  const facts = [
    article.version && words.version(article.version),
    article.reviewed && words.reviewed(day(article.reviewed, language)),
  ].filter(Boolean);
  return [
    h(
      "footer",
      { class: "source", lang: language },
      url === null ? null : outward(url, words.article, icon(ArrowUpRight, 14)),
      h("small", {}, facts.join(" · ")),
    ),
  ];
}

function fillChoices({ app, language }: Setting, group: HTMLElement, choices: Choices): void {
  const focused = [...group.children].findIndex((one) => one.matches(":focus"));
  group.replaceChildren(
    ...choices.offered.map(({ id, label }) => {
      const chosen = id === choices.chosen;
      return h(
        "button",
        {
          type: "button",
          class: "choice",
          lang: languageOf(label, language),
          "aria-disabled": choices.usable ? false : "true",
          "aria-pressed": choices.chosen === null ? false : String(chosen),
          click: () => {
            if (choices.usable) app.wish({ kind: "choose", choice: id, text: label });
          },
        },
        chosen ? icon(Check, 14) : null,
        label,
      );
    }),
  );
  toggle(group, "data-used", !choices.usable);
  // Replaced buttons lose the focus; it stays where the reader pressed.
  if (focused >= 0) (group.children[focused] as HTMLElement).focus();
}

function fillState({ app, words, language }: Setting, state: HTMLElement, row: Row): void {
  state.replaceChildren();
  switch (row.progress) {
    case null:
      return;
    case "sent":
      return state.append(named(icon(Check, 14), words.sent));
    case "sending":
      return state.append(named(icon(Clock, 14), words.sending));
    case "waiting":
      return state.append(named(icon(Clock, 14), words.queued));
    case "failed":
      return state.append(
        h(
          "button",
          {
            type: "button",
            class: "again",
            title: problemLine(row.problem ?? "", null, language),
            click: () => app.happen({ type: "again", id: row.key.slice(1) }),
          },
          icon(CircleAlert, 14),
          words.failed,
          icon(RotateCw, 14),
        ),
        h("span", { class: "problem" }, problemLine(row.problem ?? "", null, language)),
      );
  }
}

function named(picture: SVGSVGElement, name: string): HTMLElement {
  return h("span", { title: name }, picture, h("span", { class: "unseen" }, name));
}

function sameChoices(one: Choices | null | undefined, other: Choices): boolean {
  return one?.usable === other.usable && one.chosen === other.chosen && one.offered === other.offered;
}
