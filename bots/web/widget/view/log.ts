/** The conversation itself: rows in the server's order, kept in place while they change, scrolled as a reader wants. */

import { ArrowDown } from "lucide";
import type { State } from "../state.ts";
import { type Row, timeline } from "../timeline.ts";
import { h, icon, toggle, write } from "./dom.ts";
import type { Part, Setting } from "./frame.ts";
import { type MessageView, messageView } from "./message.ts";

export interface Log extends Part {
  /** Show the files of all lines anew, and one more thing below them. */
  append(part: Part): void;
}

const NEAR_END = 80;
const TICK_MS = 30_000;

export function log(setting: Setting): Log {
  const { words } = setting;
  const views = new Map<string, MessageView>();
  const rows = h("div", { class: "rows" });
  const skeleton = h("div", { class: "skeleton", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
  const typing = h("div", { class: "typing" }, h("i"), h("i"), h("i"), h("span", { class: "unseen" }));
  const scroller = h(
    "div",
    { class: "log", role: "log", "aria-live": "polite", "aria-label": words.conversation, tabindex: "0" },
    skeleton,
    rows,
    typing,
  );
  const newest = h(
    "button",
    { class: "newest", type: "button", "aria-label": words.toNewest, title: words.toNewest, hidden: true },
    icon(ArrowDown, 18),
  );
  newest.addEventListener("click", () => toEnd(scroller));

  let drawn: State | null = null;
  let below: Part | null = null;
  let following = true;
  let height = 0;
  const scrolled = () => {
    // While the size changes, the distance to the end says nothing of what the reader wants.
    if (scroller.clientHeight !== height) return;
    following = atEnd(scroller);
    toggle(newest, "hidden", following);
  };
  const resized = () => {
    // A growing composer or a phone's keyboard must not cover the line that is being answered.
    if (following) toEnd(scroller);
    height = scroller.clientHeight;
    scrolled();
  };
  scroller.addEventListener("scroll", scrolled, { passive: true });
  new ResizeObserver(resized).observe(scroller);
  setInterval(() => {
    if (drawn?.open && drawn.visible) for (const view of views.values()) view.tick(Date.now());
  }, TICK_MS);

  return {
    element: h("div", { class: "middle" }, scroller, newest),
    append(part) {
      below = part;
      typing.before(part.element);
      for (const view of views.values()) view.refill();
      if (drawn) part.update(drawn);
      if (following) toEnd(scroller);
    },
    update(state) {
      const follow = following;
      const opened = state.open && !drawn?.open;
      const added = sameLines(state, drawn) ? [] : drawRows(setting, rows, views, timeline(state));
      drawn = state;
      toggle(skeleton, "hidden", state.filled || state.messages.length > 0);
      toggle(scroller, "aria-busy", String(!state.filled));
      toggle(typing, "data-on", state.typing !== null && state.typing !== "user");
      write(typing.lastElementChild ?? typing, state.typing ? `${who(setting, state)} ${words.typing}` : "");
      below?.update(state);
      const last = added.at(-1);
      if (opened || added.some((row) => row.progress !== null)) toEnd(scroller);
      else if (follow && last) follows(scroller, views.get(last.key)?.element);
      else if (follow && below && !below.element.hidden) toEnd(scroller);
    },
  };
}

/** Bring the rows on the page in line, moving none that stays; return what is new. */
function drawRows(setting: Setting, rows: HTMLElement, views: Map<string, MessageView>, wanted: readonly Row[]): Row[] {
  const added: Row[] = [];
  const kept = new Set(wanted.map((row) => row.key));
  for (const [key, view] of views) {
    if (kept.has(key)) continue;
    view.element.remove();
    views.delete(key);
  }
  wanted.forEach((row, index) => {
    let view = views.get(row.key);
    if (view) view.update(row);
    else {
      view = messageView(setting, row);
      views.set(row.key, view);
      added.push(row);
    }
    const there = rows.children[index];
    if (there !== view.element) rows.insertBefore(view.element, there ?? null);
  });
  return added;
}

function sameLines(state: State, drawn: State | null): boolean {
  return (
    state.messages === drawn?.messages &&
    state.outbox === drawn.outbox &&
    state.standing.status === drawn.standing.status
  );
}

function who({ words }: Setting, state: State): string {
  return state.typing === "agent" ? (state.standing.agent ?? words.agent) : words.assistant;
}

function atEnd(scroller: HTMLElement): boolean {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END;
}

function toEnd(scroller: HTMLElement): void {
  scroller.scrollTop = scroller.scrollHeight;
}

/** Go to the end; to the beginning of what is new when it is longer than the screen. */
function follows(scroller: HTMLElement, row: HTMLElement | undefined): void {
  toEnd(scroller);
  if (!row) return;
  const top = row.offsetTop - 8;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
}
