/** Reads the small Markdown of answers into values; the view makes nodes of them, never HTML from text. */

export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "break" }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong"; readonly inside: readonly Inline[] }
  | { readonly kind: "link"; readonly url: string; readonly inside: readonly Inline[] };

export type Block =
  | { readonly kind: "paragraph" | "heading"; readonly inside: readonly Inline[] }
  | { readonly kind: "list"; readonly ordered: boolean; readonly start: number; readonly items: readonly (readonly Inline[])[] };

const BULLET = /^\s{0,3}[-*•]\s+(.*)$/;
const NUMBER = /^\s{0,3}(\d{1,4})[.)]\s+(.*)$/;
const HEADING = /^#{1,6}\s+(.*)$/;
const INLINE =
  /`([^`\n]+)`|\*\*(?=\S)([^\n]*?\S)\*\*|\[([^[\]\n]+)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)|(https?:\/\/[^\s<>"'`\u3000-\u303f\uff00-\uff65]+)|(\n)/gi;

/** Paragraphs, numbered and plain lists, headings; a line end inside them stays a line end. */
export function parse(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let list: { ordered: boolean; start: number; items: string[] } | null = null;

  const endParagraph = () => {
    if (lines.length) blocks.push({ kind: "paragraph", inside: inline(lines.join("\n")) });
    lines = [];
  };
  const endList = () => {
    if (list) blocks.push({ kind: "list", ordered: list.ordered, start: list.start, items: list.items.map(inline) });
    list = null;
  };

  for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
    const item = itemOf(line);
    const heading = HEADING.exec(line);
    if (item) {
      endParagraph();
      if (list && list.ordered !== item.ordered) endList();
      list ??= { ordered: item.ordered, start: item.start, items: [] };
      list.items.push(item.text);
    } else if (heading) {
      endParagraph();
      endList();
      blocks.push({ kind: "heading", inside: inline(heading[1] ?? "") });
    } else if (!line.trim()) {
      endParagraph();
    } else if (list && lines.length === 0 && /^\s{2,}\S/.test(line)) {
      list.items.push(`${list.items.pop() ?? ""}\n${line.trim()}`);
    } else {
      endList();
      lines.push(line.trim());
    }
  }
  endParagraph();
  endList();
  return blocks;
}

/** The address if a reader may be sent to it: http or https alone. Relative ones are the server's own. */
export function safeUrl(address: string, base: string): string | null {
  try {
    const url = new URL(address, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

function itemOf(line: string): { ordered: boolean; start: number; text: string } | null {
  const number = NUMBER.exec(line);
  if (number) return { ordered: true, start: Number(number[1]), text: number[2] ?? "" };
  const bullet = BULLET.exec(line);
  return bullet ? { ordered: false, start: 1, text: bullet[1] ?? "" } : null;
}

function inline(text: string): readonly Inline[] {
  const found: Inline[] = [];
  let end = 0;
  const put = (one: Inline) => {
    if (one.kind !== "text" || one.text) found.push(one);
  };
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, label, target, bare] = match;
    put({ kind: "text", text: text.slice(end, match.index) });
    end = match.index + whole.length;
    if (code !== undefined) put({ kind: "code", text: code });
    else if (strong !== undefined) put({ kind: "strong", inside: inline(strong) });
    else if (label !== undefined) put(link(label, target ?? "", whole));
    else if (bare !== undefined) {
      const url = trimmed(bare);
      put({ kind: "link", url, inside: [{ kind: "text", text: url }] });
      put({ kind: "text", text: bare.slice(url.length) });
    } else put({ kind: "break" });
  }
  put({ kind: "text", text: text.slice(end) });
  return found;
}

function link(label: string, target: string, whole: string): Inline {
  return /^https?:\/\//i.test(target)
    ? { kind: "link", url: target, inside: [{ kind: "text", text: label }] }
    : { kind: "text", text: whole };
}

/** Without the signs that end the sentence around an address; a closing bracket stays if it was opened inside. */
function trimmed(url: string): string {
  let text = url.replace(/[.,;:!?*_~]+$/, "");
  while (text.endsWith(")") && text.split(")").length > text.split("(").length) {
    text = text.slice(0, -1).replace(/[.,;:!?*_~]+$/, "");
  }
  return text;
}
