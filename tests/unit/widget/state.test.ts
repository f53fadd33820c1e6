import assert from "node:assert/strict";
import { test } from "node:test";
import { newest, unread, wantsRating } from "../../../bots/web/widget/state.ts";
import { pack, unpack } from "../../../bots/web/widget/outbox.ts";
import { timeline } from "../../../bots/web/widget/timeline.ts";
import { ack, after, AT, from, fresh, heard, message, ready, said, status } from "./support.ts";

const progress = (state: ReturnType<typeof fresh>) => state.outbox.map((one) => one.progress);
const texts = (state: ReturnType<typeof fresh>) => timeline(state).map((row) => row.text);

test("lines stand in the order of the server's ids, each once, however they come", () => {
  const state = after(ready(), heard(message(3, "bot", "c")), heard(message(1, "user", "a")), heard(message(3, "bot", "c")));
  assert.deepEqual(texts(state), ["a", "c"]);
  assert.equal(newest(state), 3);
});

test("an own message shows at once, is sent, acknowledged and replaced by its line, under one key", () => {
  let state = after(ready(), said("x", "hi"));
  const key = timeline(state)[0]?.key;
  assert.deepEqual(progress(state), ["waiting"]);
  state = from(state, { type: "sent", id: "x" });
  assert.deepEqual(progress(state), ["sending"]);
  state = from(state, ack("x"));
  assert.deepEqual(progress(state), ["sent"]);
  state = from(state, heard(message(1, "user", "hi", { clientId: "x" })));
  assert.deepEqual(state.outbox, []);
  assert.equal(timeline(state)[0]?.key, key);
});

test("what the server redacted shows as the server has it", () => {
  const state = after(ready(), said("x", "my secret"), heard(message(1, "user", "[removed]", { clientId: "x" })));
  assert.deepEqual(texts(state), ["[removed]"]);
});

test("a lost connection puts what was under way back in line, and a back-fill takes out what had arrived", () => {
  let state = after(ready(), said("x", "one"), said("y", "two"), { type: "sent", id: "x" }, { type: "sent", id: "y" });
  state = from(state, { type: "linked", link: "waiting" });
  assert.deepEqual(progress(state), ["waiting", "waiting"]);
  state = from(state, ready([message(1, "user", "one", { clientId: "x" })]));
  assert.deepEqual(state.outbox.map((one) => one.wish.id), ["y"]);
});

test("no answer means one more try, and then the reader decides; the id stays", () => {
  let state = after(ready(), said("x", "hi"), { type: "sent", id: "x" }, { type: "overdue", id: "x" });
  assert.deepEqual(progress(state), ["waiting"]);
  state = from(state, { type: "sent", id: "x" }, { type: "overdue", id: "x" });
  assert.deepEqual(progress(state), ["failed"]);
  state = from(state, { type: "again", id: "x" });
  assert.deepEqual(state.outbox.map((one) => [one.wish.id, one.progress, one.tries]), [["x", "waiting", 0]]);
});

test("an ack that comes late still counts", () => {
  const state = after(ready(), said("x", "hi"), { type: "sent", id: "x" }, { type: "overdue", id: "x" }, ack("x"));
  assert.deepEqual(progress(state), ["sent"]);
});

test("a refusal shows on the message it is about, any other as a notice", () => {
  const problem = (id: string | null) =>
    ({ type: "heard", frame: { type: "error", problem: { code: "too_large", id, retryAfter: null } } }) as const;
  const state = after(ready(), said("x", "hi"), problem("x"));
  assert.equal(state.outbox[0]?.problem, "too_large");
  assert.equal(state.notice, null);
  assert.equal(from(state, problem(null)).notice?.code, "too_large");
});

test("what is unsent outlives a reload, in order and under the same ids", () => {
  const state = after(ready(), said("x", "one"), said("y", "two"), { type: "sent", id: "x" }, ack("x"), said("z", "three"));
  const kept = unpack(pack(state.outbox));
  assert.deepEqual(kept.map((one) => [one.wish.id, one.progress]), [["y", "waiting"], ["z", "waiting"]]);
});

test("rubbish in the storage is an empty outbox", () => {
  for (const text of [null, "", "{", "7", "null", '{"a":1}', '[null,1,{"wish":{}},{"wish":null,"at":"x"}]']) {
    assert.deepEqual(unpack(text), []);
  }
});

test("unread counts what others said while nobody looked, and looking reads it", () => {
  let state = after(ready([message(1, "user"), message(2, "bot"), message(3, "system"), message(4, "agent")]));
  assert.equal(unread(state), 2);
  state = from(state, { type: "open", open: true });
  assert.equal(unread(state), 0);
  assert.equal(state.read, 4);
  state = from(state, { type: "visible", visible: false }, heard(message(5, "agent")));
  assert.equal(unread(state), 1);
});

test("the welcome, which is no line of the conversation, is never unread", () => {
  assert.equal(unread(after(ready([message(0, "bot", "Hello")]))), 0);
});

test("another conversation begins empty but keeps what is unsent", () => {
  const state = after(ready([message(9, "bot", "old")]), said("x", "hi"), ready([], "web:2"));
  assert.deepEqual(texts(state), ["hi"]);
  assert.equal(state.read, 0);
});

test("choices are used once, and the chosen one is known again after a reload", () => {
  const choices = [{ id: "a", label: "Yes" }, { id: "b", label: "No" }];
  const asked = ready([message(1, "bot", "?", { choices })]);
  const used = { offered: choices, chosen: "b", usable: false };
  assert.deepEqual(timeline(after(asked))[0]?.choices, { offered: choices, chosen: null, usable: true });
  const pressed = after(asked, { type: "wished", wish: { kind: "choose", id: "x", choice: "b", text: "No" }, at: AT });
  assert.deepEqual(timeline(pressed)[0]?.choices, used);
  const reloaded = after(ready([message(1, "bot", "?", { choices }), message(2, "user", "No")]));
  assert.deepEqual(timeline(reloaded)[0]?.choices, used);
});

test("newer choices take the place of older ones, and a person reads words", () => {
  const choices = [{ id: "a", label: "Yes" }];
  const state = after(ready([message(1, "bot", "?", { choices }), message(2, "bot", "??", { choices })]));
  assert.deepEqual(timeline(state).map((row) => row.choices?.usable), [false, true]);
  assert.deepEqual(timeline(from(state, status("human"))).map((row) => row.choices?.usable), [false, false]);
});

test("a rating is asked for once a person's help has ended, and not again", () => {
  const solved = after(ready([message(1, "agent", "Done")]), status("resolved"));
  assert.equal(wantsRating(solved), true);
  assert.equal(wantsRating(from(solved, { type: "rating_skipped" })), false);
  const rated = from(solved, { type: "wished", wish: { kind: "rate", id: "r", score: 5, comment: "" }, at: AT });
  assert.equal(wantsRating(from(rated, ack("r"))), false);
  assert.deepEqual(from(rated, ack("r")).outbox, []);
  assert.equal(wantsRating(after(ready([message(1, "bot", "Hi")]), status("resolved"))), false);
});

test("a wish for a person that came too late does not stay at the end for ever", () => {
  const human = { type: "wished", wish: { kind: "human", id: "h", text: "Talk to a person" }, at: AT } as const;
  const state = after(ready(), human, { type: "sent", id: "h" }, ack("h"), status("human", { agent: "Mei" }));
  assert.deepEqual(state.outbox, []);
});

test("typing ends with the words, with the connection and with a new owner", () => {
  const typing = after(ready(), { type: "heard", frame: { type: "typing", from: "agent" } });
  assert.equal(typing.typing, "agent");
  assert.equal(from(typing, heard(message(1, "agent", "Hi"))).typing, null);
  assert.equal(from(typing, { type: "linked", link: "waiting" }).typing, null);
  assert.equal(from(typing, status("resolved")).typing, null);
});
