import assert from "node:assert/strict";
import { test } from "node:test";
import { fileSize, nameParts } from "../../../bots/web/widget/file.ts";
import type { UploadEvent, Uploads } from "../../../bots/web/widget/more/uploads.ts";
import { canTryAgain, type Chosen, NONE, reduce, standing } from "../../../bots/web/widget/more/uploads.ts";
import { frameOf, pack, unpack } from "../../../bots/web/widget/outbox.ts";
import { readFrame } from "../../../bots/web/widget/protocol.ts";
import { timeline } from "../../../bots/web/widget/timeline.ts";
import { after, AT, from, heard, message, ready } from "./support.ts";

const limits = { bytes: 1000, types: ["image/png", "text/plain"], perMessage: 3 };
const file = (key: string, more: Partial<Chosen> = {}): Chosen => ({ key, name: `${key}.png`, type: "image/png", size: 9, ...more });
const chosen = (...files: Chosen[]): UploadEvent => ({ type: "chosen", files, limits });
const ended = (key: string): UploadEvent => ({
  type: "ended",
  key,
  stored: { id: `id-${key}`, name: `${key}.png`, type: "image/png", size: 9 },
});
const failed = (key: string, problem: string): UploadEvent => ({ type: "failed", key, problem, retryAfter: null });
const connected = (conversation: string): UploadEvent => ({ type: "connected", conversation });
const through = (...events: UploadEvent[]): Uploads => events.reduce(reduce, NONE);
const progress = (uploads: Uploads) => uploads.all.map((one) => one.progress);
const problems = (uploads: Uploads) => uploads.all.map((one) => one.problem);

test("a file waits, is sent, moves on and is there under the server's id", () => {
  let now = through(chosen(file("a")));
  assert.deepEqual(progress(now), ["waiting"]);
  now = reduce(reduce(now, { type: "started", key: "a" }), { type: "moved", key: "a", share: 0.5 });
  assert.deepEqual([progress(now), now.all[0]?.share, standing(now)], [["sending"], 0.5, "running"]);
  now = reduce(now, ended("a"));
  assert.deepEqual([progress(now), now.all[0]?.id, standing(now)], [["done"], "id-a", "ready"]);
});

test("what the server would refuse is refused at once, and only another file helps", () => {
  const now = through(chosen(file("a", { size: 1001 }), file("b", { type: "image/svg+xml" }), file("c", { type: "" })));
  assert.deepEqual(problems(now), ["too_large", "type_refused", null]);
  assert.deepEqual(now.all.map(canTryAgain), [false, false, false]);
  assert.equal(standing(now), "failed");
});

test("text has many names, and the server looks at the bytes", () => {
  const table = { name: "trades.CSV", type: "application/vnd.ms-excel" };
  const now = through(chosen(file("a", table), file("b", { name: "x.log", type: "" }), file("c", { type: "text/csv" })));
  assert.deepEqual(problems(now), [null, null, null]);
  const none = reduce(NONE, { type: "chosen", files: [file("a", table)], limits: { ...limits, types: ["image/png"] } });
  assert.deepEqual(problems(none), ["type_refused"]);
});

test("one message takes so many files; the rest is left out and counted until something changes", () => {
  let now = through(chosen(file("a"), file("b")), chosen(file("c"), file("d"), file("e")));
  assert.deepEqual([now.all.map((one) => one.key), now.surplus], [["a", "b", "c"], 2]);
  now = reduce(now, { type: "removed", key: "b" });
  assert.deepEqual([now.all.map((one) => one.key), now.surplus], [["a", "c"], 0]);
});

test("what failed on the way can be tried again, and what was lost goes by itself with the next connection", () => {
  let now = through(connected("web:1"), chosen(file("a"), file("b")), failed("a", "unavailable"), failed("b", "lost"));
  assert.deepEqual(now.all.map(canTryAgain), [true, true]);
  now = reduce(now, connected("web:1"));
  assert.deepEqual(progress(now), ["failed", "waiting"]);
  now = reduce(now, { type: "again", key: "a" });
  assert.deepEqual([progress(now), problems(now)], [["waiting", "waiting"], [null, null]]);
});

test("in a new conversation the files are uploaded anew", () => {
  const before = through(connected("web:1"), chosen(file("a"), file("b"), file("c")), ended("a"), failed("b", "infected"));
  assert.deepEqual(progress(reduce(before, connected("web:1"))), ["done", "failed", "waiting"]);
  const now = reduce(reduce(before, { type: "started", key: "c" }), connected("web:2"));
  assert.deepEqual([progress(now), now.all[0]?.id], [["waiting", "failed", "waiting"], null]);
});

test("a message that sends itself does so only as the reader left it", () => {
  const armed = through(chosen(file("a")), { type: "armed" });
  assert.equal(armed.armed, true);
  const changes: UploadEvent[] = [{ type: "edited" }, chosen(file("b")), failed("a", "unavailable"), { type: "taken" }];
  for (const event of changes) assert.equal(reduce(armed, event).armed, false, event.type);
  assert.equal(reduce(armed, ended("a")).armed, true);
  assert.equal(reduce(armed, connected("web:1")).armed, true);
});

test("after they were taken nothing is left but whose the next ones are", () => {
  assert.deepEqual(through(connected("web:1"), chosen(file("a")), ended("a"), { type: "taken" }), {
    ...NONE,
    conversation: "web:1",
  });
});

test("what happens to a file that is gone changes nothing", () => {
  for (const event of [ended("x"), failed("x", "lost"), { type: "moved", key: "x", share: 1 } as const]) {
    assert.deepEqual(through(event).all, []);
  }
});

const uploaded = { id: "up-1", name: "a.png", size: 9, image: true, url: null, refused: null };

test("a message carries its files' ids, also over a reload, and none when it has none", () => {
  const wish = { kind: "message", id: "x", text: "", attachments: [uploaded] } as const;
  assert.deepEqual(frameOf(wish), { type: "message", id: "x", text: "", attachments: ["up-1"] });
  assert.deepEqual(frameOf({ kind: "message", id: "y", text: "hi" }), { type: "message", id: "y", text: "hi" });
  const state = after(ready(), { type: "wished", wish, at: AT });
  assert.deepEqual(unpack(pack(state.outbox))[0]?.wish, wish);
});

test("a line shows its own files at once, and the server's in their place", () => {
  const wish = { kind: "message", id: "x", text: "", attachments: [uploaded] } as const;
  const own = after(ready(), { type: "wished", wish, at: AT });
  assert.deepEqual(timeline(own)[0]?.attachments, [uploaded]);
  const kept = { name: "a.png", size: 9, image: true, url: "/attachments/1/a.png", refused: null };
  const echoed = from(own, heard(message(1, "user", "", { clientId: "x", attachments: [kept] })));
  assert.deepEqual(timeline(echoed).map((row) => [row.key, row.attachments]), [["ox", [kept]]]);
});

test("files are read from the server's frames, whatever else these hold", () => {
  const line = (attachments: unknown) =>
    readFrame(JSON.stringify({ type: "message", id: 1, from: "agent", text: "", attachments }));
  const files = (attachments: unknown) => {
    const frame = line(attachments);
    return frame?.type === "message" ? frame.message.attachments : null;
  };
  assert.deepEqual(files([{ name: "a", media_type: "image/png", size: 7, url: "/attachments/a", image: true }, 3, null]), [
    { name: "a", size: 7, image: true, url: "/attachments/a", refused: null },
  ]);
  assert.deepEqual(files([{ name: "a", url: "", image: "yes", refused: "infected" }]), [
    { name: "a", size: 0, image: false, url: null, refused: "infected" },
  ]);
  for (const nothing of [undefined, null, {}, "x"]) assert.deepEqual(files(nothing), []);
});

test("a server says what it takes, or takes nothing", () => {
  const upload = (raw: unknown) => {
    const frame = readFrame(JSON.stringify({ type: "ready", token: "t", conversation: "c", messages: [], upload: raw }));
    return frame?.type === "ready" ? frame.upload : undefined;
  };
  assert.deepEqual(upload({ max_bytes: 9, types: ["image/png", 3], per_message: 5 }), {
    bytes: 9,
    types: ["image/png"],
    perMessage: 5,
  });
  for (const raw of [undefined, null, {}, { max_bytes: 9 }, { max_bytes: "9", per_message: 5 }]) assert.equal(upload(raw), null);
});

test("sizes are said in the reader's way", () => {
  assert.deepEqual([0, 512, 1023 * 1024, 1.5 * 2 ** 20, 10 * 2 ** 20].map((bytes) => fileSize(bytes, "en")), [
    "1 kB",
    "1 kB",
    "1 MB",
    "1.5 MB",
    "10 MB",
  ]);
  assert.equal(fileSize(1.5 * 2 ** 20, "de"), "1,5 MB");
});

test("a name may lose its middle, never its end, and never lies about it", () => {
  assert.deepEqual(nameParts("a long name.png"), ["a long n", "ame.png"]);
  assert.deepEqual(nameParts("报告.pdf"), ["", "报告.pdf"]);
  assert.deepEqual(nameParts("README"), ["README", ""]);
  assert.deepEqual(nameParts("a\u202egnp.exe\n b"), ["agnp.exe b", ""]);
});
