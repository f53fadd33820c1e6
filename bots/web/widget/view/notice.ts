/** One quiet line above the composer: the connection is away, or the server refused something. */

import type { State } from "../state.ts";
import { problemLine } from "../words.ts";
import { h, toggle, write } from "./dom.ts";
import type { Part, Setting } from "./frame.ts";

export function notice({ language, words }: Setting): Part {
  const text = h("p", {});
  const element = h("div", { class: "notice", role: "status" }, text);
  return {
    element,
    update(state) {
      const [kind, line] = said(state);
      toggle(element, "data-kind", kind);
      write(text, line);
    },
  };

  function said(state: State): [kind: string, line: string] {
    if (state.link === "refused") return ["problem", words.problem];
    if (state.notice) return ["problem", problemLine(state.notice.code, state.notice.retryAfter, language)];
    if (!state.online) return ["away", words.offline];
    if (state.link === "waiting" || (state.filled && state.link !== "ready")) return ["away", words.reconnecting];
    return ["none", ""];
  }
}
