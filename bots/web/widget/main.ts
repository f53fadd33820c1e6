/** Starts the widget from its own script tag. */

import { accents, type Accent } from "./accent.ts";
import { App } from "./app.ts";
import { plain } from "./bidi.ts";
import { chooseLanguage } from "./language.ts";
import tokens from "./tokens.css";
import { show, type Widget } from "./view/widget.ts";
import styles from "./widget.css";
import { WORDS } from "./words.ts";

const script = document.currentScript as HTMLScriptElement | null;

if (script?.src && !document.querySelector("switchboard-widget")) {
  if (document.body) start(script);
  else document.addEventListener("DOMContentLoaded", () => start(script));
}

function start(tag: HTMLScriptElement): void {
  const { language: wanted = "auto", identity = "", accent = "", name = "", mode, open } = tag.dataset;
  const server = new URL(tag.src).origin;
  const language = chooseLanguage(wanted, navigator.languages);
  const words = WORDS[language];
  const app = new App({ server, language, identity });
  const widget = show(
    {
      app,
      server,
      language,
      words,
      name: name || words.support,
      mode: mode === "page" ? "page" : "bubble",
      later: { showFiles: (group, files) => group.replaceChildren(files.map((one) => plain(one.name)).join(", ")) },
    },
    [tokens, styles, accentStyles(accent)].map(sheet),
  );
  listen(app, widget);
  if (mode === "page" || open !== undefined) widget.open();
}

/** Follow the page: the network, whether it is looked at, and its own buttons that ask a question here. */
function listen(app: App, widget: Widget): void {
  addEventListener("online", () => app.happen({ type: "network", online: true }));
  addEventListener("offline", () => app.happen({ type: "network", online: false }));
  document.addEventListener("visibilitychange", () =>
    app.happen({ type: "visible", visible: document.visibilityState === "visible" }),
  );
  document.addEventListener("click", (event) => {
    const asks = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-switchboard-ask]") : null;
    if (!asks) return;
    event.preventDefault();
    widget.ask(asks.dataset.switchboardAsk ?? "");
  });
}

function sheet(text: string): CSSStyleSheet {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

/** The operator's accent in both schemes; nothing for a colour that cannot be read. */
function accentStyles(colour: string): string {
  const both = accents(colour);
  if (!both) return "";
  const rule = ({ accent, on, ink, soft }: Accent) =>
    `:host{--accent:${accent};--on-accent:${on};--accent-ink:${ink};--accent-soft:${soft}}`;
  return `${rule(both.light)}@media(prefers-color-scheme:dark){${rule(both.dark)}}`;
}
