import assert from "node:assert/strict";
import { test } from "node:test";
import { accents, contrast, read } from "../../../bots/web/widget/accent.ts";
import { plain } from "../../../bots/web/widget/bidi.ts";
import { chooseLanguage, languageOf, LANGUAGES } from "../../../bots/web/widget/language.ts";
import { type Inline, parse, safeUrl } from "../../../bots/web/widget/markdown.ts";
import { readFrame } from "../../../bots/web/widget/protocol.ts";
import { ago, day, wait } from "../../../bots/web/widget/time.ts";
import { problemLine, standingLine, WORDS } from "../../../bots/web/widget/words.ts";

const text = (words: string): Inline => ({ kind: "text", text: words });
const inline = (source: string): readonly Inline[] => {
  const block = parse(source)[0];
  assert.ok(block && block.kind !== "list");
  return block.inside;
};

test("paragraphs, numbered steps with their number, and plain lists", () => {
  assert.deepEqual(parse("Hello\nyou\n\n3. a\n4. **b**\n   more\n\n- x\n- y\nEnd"), [
    { kind: "paragraph", inside: [text("Hello"), { kind: "break" }, text("you")] },
    {
      kind: "list",
      ordered: true,
      start: 3,
      items: [[text("a")], [{ kind: "strong", inside: [text("b")] }, { kind: "break" }, text("more")]],
    },
    { kind: "list", ordered: false, start: 1, items: [[text("x")], [text("y")]] },
    { kind: "paragraph", inside: [text("End")] },
  ]);
});

test("steps with empty lines between them are one list", () => {
  assert.equal(parse("1. a\n\n2. b\n\n3. c").length, 1);
});

test("links go to http and https alone; anything else stays the text it was", () => {
  assert.deepEqual(inline("[a](https://e.com/x_(y))"), [{ kind: "link", url: "https://e.com/x_(y)", inside: [text("a")] }]);
  for (const source of ["[a](javascript:alert(1))", "[a](data:text/html,x)", "[a](//e.com)", "[a]( https://e.com)"]) {
    assert.ok(inline(source).every((part) => part.kind !== "link" || part.url === "https://e.com"), source);
    assert.ok(inline(source).every((part) => !("url" in part && part.url.startsWith("javascript"))), source);
  }
  assert.equal(safeUrl("javascript:alert(1)", "https://s.example"), null);
  assert.equal(safeUrl("/help/en/x", "https://s.example"), "https://s.example/help/en/x");
});

test("a bare address ends where its sentence goes on, in every script", () => {
  const urls = (source: string) => inline(source).flatMap((part) => (part.kind === "link" ? [part.url] : []));
  assert.deepEqual(urls("See https://e.com/a, or (https://e.com/b_(c))."), ["https://e.com/a", "https://e.com/b_(c)"]);
  assert.deepEqual(urls("请看 https://e.com/帮助。谢谢"), ["https://e.com/帮助"]);
});

test("code is not read as anything else, and HTML is text", () => {
  assert.deepEqual(inline("`**a** https://e.com`"), [{ kind: "code", text: "**a** https://e.com" }]);
  assert.deepEqual(inline("<img src=x onerror=alert(1)>"), [text("<img src=x onerror=alert(1)>")]);
});

test("a long text of half-open signs is read in no time", () => {
  const start = performance.now();
  for (const sign of ["**", "`", "[a](", "[", "(", "https://", "1. ", "**a ", "[a](("]) parse(sign.repeat(2_000));
  assert.ok(performance.now() - start < 500);
});

test("characters that disguise a text are taken out, emoji and line breaks stay", () => {
  assert.equal(plain("pay\u202eexe.cod\u2066\u200b\ufeff\u0000!"), "payexe.cod!");
  assert.equal(plain("a\r\nb\tc 👩‍👧"), "a\nb\tc 👩‍👧");
});

test("the widget speaks the reader's language, or English", () => {
  assert.equal(chooseLanguage("auto", ["fr-FR", "zh-Hant-TW", "en"]), "zh");
  assert.equal(chooseLanguage("auto", ["fr"]), "en");
  assert.equal(chooseLanguage("ko-KR", ["ja"]), "ko");
  assert.equal(chooseLanguage("", ["ja-JP"]), "ja");
});

test("a text gets the glyphs of its own script", () => {
  assert.equal(languageOf("充值没有到账", "en"), "zh");
  assert.equal(languageOf("入金", "ja"), "ja");
  assert.equal(languageOf("入金が反映されない", "zh"), "ja");
  assert.equal(languageOf("입금 USDT", "en"), "ko");
  assert.equal(languageOf("TRC20", "zh"), "en");
});

test("every language has every word", () => {
  for (const language of LANGUAGES) {
    assert.deepEqual(Object.keys(WORDS[language]).sort(), Object.keys(WORDS.en).sort());
    assert.deepEqual(Object.keys(WORDS[language].problems).sort(), Object.keys(WORDS.en.problems).sort());
  }
});

test("the place in line is said with the language's ordinals and the wait in its units", () => {
  const queued = (position: number, seconds: number | null = 240) =>
    ({ status: "queued", position, wait: seconds, agent: null, onDuty: true }) as const;
  assert.equal(standingLine(queued(1), "en"), "1st in line · about 4 min");
  assert.equal(standingLine(queued(3, null), "en"), "3rd in line");
  assert.equal(standingLine(queued(12), "en"), "12th in line · about 4 min");
  assert.equal(standingLine(queued(22), "en"), "22nd in line · about 4 min");
  assert.equal(standingLine(queued(3), "zh"), "排在第 3 位 · 约 4 分钟");
  assert.equal(standingLine(queued(3), "ja"), "3番目 · 約4分");
  assert.equal(standingLine(queued(3), "ko"), "대기 3번째 · 약 4분");
  assert.equal(standingLine({ ...queued(3), onDuty: false }, "en"), WORDS.en.nobody);
  assert.equal(standingLine({ ...queued(3), status: "human", agent: "Agent A" }, "en"), "Agent A");
});

test("a count is said in the plural of its language", () => {
  assert.equal(WORDS.en.unread(1), "1 new message");
  assert.equal(WORDS.en.unread(21), "21 new messages");
  assert.equal(WORDS.ko.unread(1), "새 메시지 1개");
});

test("times are said as a reader would", () => {
  const now = Date.parse("2026-11-22T10:00:00Z");
  assert.equal(ago("2026-11-22T09:59:31Z", now, "en", "Just now"), "Just now");
  assert.equal(ago("2026-11-22T09:58:00Z", now, "en", ""), "2 min ago");
  assert.equal(ago("2026-11-22T07:00:00Z", now, "zh", ""), "3小时前");
  assert.equal(ago("2026-11-22T10:00:30Z", now, "en", "Just now"), "Just now");
  assert.match(ago("2026-11-20T10:00:00Z", now, "en", ""), /^Nov \d+, /);
  assert.equal(ago("rubbish", now, "en", ""), "");
  assert.equal(day("2026-11-02", "ja"), "2026年11月2日");
  assert.equal(wait(10, "en"), "1 min");
  assert.equal(wait(7_200, "en"), "2 hr");
});

test("a problem without a word of its own still says what to do", () => {
  assert.equal(problemLine("strange", null, "en"), WORDS.en.problem);
  assert.equal(problemLine("rate_limited", 1.2, "en"), "You are sending very fast. Please wait 2 s.");
});

test("any accent gives text that can be read, in both schemes", () => {
  for (const colour of ["#000", "#fff", "#ff0", "#777777", "#0a7", "#7c3aed", "#e11d48", "#f59e0b"]) {
    const both = accents(colour);
    assert.ok(both);
    for (const { accent, on, ink, soft } of [both.light, both.dark]) {
      const parts = [accent, on, ink, soft].map((one) => read(one)!) as [never, never, never, never];
      assert.ok(contrast(parts[0], parts[1]) >= 4.5, `${colour} on ${on}`);
      assert.ok(contrast(parts[2], parts[3]) >= 4.5, `${colour} ink ${ink}`);
    }
  }
});

test("an accent that is no colour is no style", () => {
  for (const colour of ["", "red", "#12", "#ggg", "#fff;}*{display:none"]) assert.equal(accents(colour), null);
});

test("a frame is read strictly and what is unknown is left alone", () => {
  const frame = readFrame('{"type":"message","id":4,"from":"agent","text":"Hi","agent":{"name":"Mei"},"at":"x","new":1}');
  assert.ok(frame?.type === "message");
  assert.deepEqual([frame.message.id, frame.message.agent, frame.message.choices], [4, "Mei", []]);
  for (const bad of ["", "[]", "null", "7", '{"type":"news"}', '{"type":"message","id":"4","from":"bot"}', '{"type":"ack"}']) {
    assert.equal(readFrame(bad), null);
  }
  const ready = readFrame('{"type":"ready","token":"t","conversation":"c","messages":[{"id":1},null,{"id":2,"from":"bot"}]}');
  assert.ok(ready?.type === "ready");
  assert.deepEqual(ready.messages.map((one) => one.id), [2]);
});
