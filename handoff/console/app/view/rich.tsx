/** Shows what was said: Markdown of the bot and of agents as elements, customers' words as they are. */

import type { ComponentChildren } from "preact";
import { plain } from "../../../../bots/web/widget/bidi.ts";
import { type Block, type Inline, parse, safeUrl } from "../../../../bots/web/widget/markdown.ts";

/** A customer's own words: no Markdown, no links, isolated from the direction of what stands around. */
export function Verbatim({ text, lang }: { text: string; lang: string }) {
  return (
    <p class="verbatim" lang={lang} dir="auto">
      {plain(text)}
    </p>
  );
}

/** An approved answer or an agent's words. */
export function Formatted({ text, lang }: { text: string; lang: string }) {
  return (
    <div class="formatted" lang={lang} dir="auto">
      {parse(plain(text)).map(block)}
    </div>
  );
}

/** A link that opens beside the page and does not tell the other site where the reader came from. */
export function Outward({ url, children }: { url: string; children: ComponentChildren }) {
  const safe = safeUrl(url, location.origin);
  if (safe === null) return <span>{children}</span>;
  return (
    <a href={safe} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}

function block(one: Block, place: number) {
  switch (one.kind) {
    case "paragraph":
      return <p key={place}>{one.inside.map(inline)}</p>;
    case "heading":
      return (
        <p key={place} class="formatted-heading">
          {one.inside.map(inline)}
        </p>
      );
    case "list": {
      const items = one.items.map((item, at) => <li key={at}>{item.map(inline)}</li>);
      return one.ordered ? (
        <ol key={place} start={one.start}>
          {items}
        </ol>
      ) : (
        <ul key={place}>{items}</ul>
      );
    }
  }
}

function inline(part: Inline, place: number): ComponentChildren {
  switch (part.kind) {
    case "text":
      return part.text;
    case "break":
      return <br key={place} />;
    case "code":
      return <code key={place}>{part.text}</code>;
    case "strong":
      return <strong key={place}>{part.inside.map(inline)}</strong>;
    case "link":
      return (
        <Outward key={place} url={part.url}>
          {part.inside.map(inline)}
        </Outward>
      );
  }
}
