/** Shows what was said: Markdown of the bot and of agents as nodes, customers' words as they are. */

import { plain } from "../bidi.ts";
import { type Block, type Inline, parse, safeUrl } from "../markdown.ts";
import { h } from "./dom.ts";

/** A customer's own words: no Markdown, no links, isolated from the direction of what stands around. */
export function verbatim(text: string): Node {
  return h("bdi", { class: "verbatim" }, plain(text));
}

/** An approved answer or an agent's words. */
export function formatted(text: string, server: string): Node[] {
  return parse(plain(text)).map((one) => block(one, server));
}

/** A link that opens beside the page and does not tell the other site where the reader came from. */
export function outward(url: string, ...children: (Node | string)[]): HTMLAnchorElement {
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

function block(one: Block, server: string): HTMLElement {
  switch (one.kind) {
    case "paragraph":
      return h("p", {}, ...inline(one.inside, server));
    case "heading":
      return h("p", { class: "heading" }, ...inline(one.inside, server));
    case "list": {
      const items = one.items.map((item) => h("li", {}, ...inline(item, server)));
      if (!one.ordered) return h("ul", {}, ...items);
      return h("ol", one.start === 1 ? {} : { start: String(one.start) }, ...items);
    }
  }
}

function inline(parts: readonly Inline[], server: string): Node[] {
  return parts.map((part) => {
    switch (part.kind) {
      case "text":
        return document.createTextNode(part.text);
      case "break":
        return h("br");
      case "code":
        return h("code", {}, part.text);
      case "strong":
        return h("strong", {}, ...inline(part.inside, server));
      case "link": {
        const url = safeUrl(part.url, server);
        const inside = inline(part.inside, server);
        return url === null ? h("span", {}, ...inside) : outward(url, ...inside);
      }
    }
  });
}
