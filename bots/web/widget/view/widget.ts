/** Puts the parts together in a shadow root: opening and closing, focus, the screen's size. */

import type { State } from "../state.ts";
import { composer } from "./composer.ts";
import { h, toggle } from "./dom.ts";
import type { Part, Setting } from "./frame.ts";
import { header, safetyLine } from "./header.ts";
import { launcher } from "./launcher.ts";
import { log } from "./log.ts";
import { moreWhenUseful } from "./more.ts";
import { notice } from "./notice.ts";
import { person } from "./person.ts";
import { fullScreen, fitToKeyboard, holdPageStill } from "./screen.ts";

const REACHABLE = "button:not([hidden],[disabled]), a[href], textarea, input:not([disabled]), [tabindex='0']";

export interface Widget {
  open(): void;
  /** Open with a question ready to be sent. */
  ask(text: string): void;
}

/** Show the widget on this page. `styles` become the shadow root's own; nothing of it leaks out or in. */
export function show(setting: Setting, styles: readonly CSSStyleSheet[]): Widget {
  const { app, mode } = setting;
  const host = document.createElement("switchboard-widget");
  const root = host.attachShadow({ mode: "open" });
  const compose = composer(setting);
  const lines = log(setting);
  const close = () => app.happen({ type: "open", open: false });
  const open = () => app.happen({ type: "open", open: true });
  const bubble = launcher(setting, () => (app.store.now.open ? close() : open()));
  const parts: Part[] = [header(setting, close), safetyLine(setting), lines, notice(setting), compose, person(setting)];
  const panel = h("section", { class: "panel", tabindex: "-1" }, ...parts.map((part) => part.element));
  toggle(panel, "role", mode === "page" ? "main" : "dialog");
  toggle(panel, "aria-label", setting.name);
  const all = h("div", { class: "widget", lang: setting.language, "data-mode": mode }, panel);
  if (mode === "bubble") {
    all.append(bubble.element);
    parts.push(bubble);
  }
  root.adoptedStyleSheets = [...styles, fitToKeyboard()];
  root.append(all);
  document.body.append(host);

  const draw = (state: State) => {
    for (const part of parts) part.update(state);
  };
  const opened = () => {
    const full = mode === "bubble" && fullScreen();
    toggle(panel, "aria-modal", full && "true");
    holdPageStill(full);
    // On a touch screen the field's focus would cover half of the chat with a keyboard.
    if (mode === "bubble") matchMedia("(pointer: coarse)").matches ? panel.focus() : compose.focus();
  };
  const closed = () => {
    holdPageStill(false);
    bubble.element.focus();
  };
  app.store.watch((state, before) => {
    toggle(all, "data-open", state.open);
    draw(state);
    if (state.open !== before.open) state.open ? opened() : closed();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing && mode === "bubble") close();
    if (event.key === "Tab" && panel.hasAttribute("aria-modal")) stayInside(event, root, panel);
  });
  draw(app.store.now);
  moreWhenUseful({ setting, root, panel, compose, lines });

  return {
    open,
    ask(text) {
      compose.suggest(text);
      open();
      compose.focus();
    },
  };
}

/** On a phone the chat covers the page: Tab goes round inside it. */
function stayInside(event: KeyboardEvent, root: ShadowRoot, panel: HTMLElement): void {
  const stops = [...panel.querySelectorAll<HTMLElement>(REACHABLE)].filter((one) => one.checkVisibility());
  const [first, last] = [stops.at(0), stops.at(-1)];
  const from = root.activeElement;
  if (event.shiftKey && (from === first || from === panel)) {
    event.preventDefault();
    last?.focus();
  } else if (!event.shiftKey && from === last) {
    event.preventDefault();
    first?.focus();
  }
}
