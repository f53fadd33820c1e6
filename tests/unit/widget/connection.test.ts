import assert from "node:assert/strict";
import { test } from "node:test";
import { type Link, type LinkAct, type LinkEvent, pause, step } from "../../../bots/web/widget/connection.ts";

function run(...events: LinkEvent[]): { link: Link; acts: readonly LinkAct[] } {
  let link: Link = { at: "idle" };
  let acts: readonly LinkAct[] = [];
  for (const event of events) [link, acts] = step(link, event);
  return { link, acts };
}

const connected: LinkEvent[] = [{ type: "wanted" }, { type: "opened" }, { type: "ready" }];
const closed: LinkEvent = { type: "closed", chance: 0.5 };
const elapsed: LinkEvent = { type: "elapsed", chance: 0.5 };

test("nothing is opened before somebody wants it", () => {
  assert.deepEqual(step({ at: "idle" }, { type: "nudged" }), [{ at: "idle" }, []]);
  assert.deepEqual(run({ type: "wanted" }).link, { at: "opening", attempt: 0 });
});

test("a socket that opens is greeted, and is of use only after the server's ready", () => {
  assert.deepEqual(run({ type: "wanted" }, { type: "opened" }).acts, [{ do: "greet" }]);
  assert.equal(run({ type: "wanted" }, { type: "ready" }).link.at, "opening");
  assert.equal(run(...connected).link.at, "ready");
});

test("pauses double up to half a minute and half of each is left to chance", () => {
  assert.deepEqual([0, 1, 2, 3].map((attempt) => pause(attempt, 1)), [500, 1000, 2000, 4000]);
  assert.equal(pause(30, 1), 30_000);
  assert.equal(pause(30, 0), 15_000);
});

test("failures in a row wait longer and longer, and a success forgets them", () => {
  const failing = run({ type: "wanted" }, closed, elapsed, closed);
  assert.deepEqual(failing.link, { at: "waiting", attempt: 2 });
  assert.deepEqual(failing.acts, [{ do: "wait", ms: pause(2, 0.5) }]);
  const recovered = run({ type: "wanted" }, closed, elapsed, { type: "opened" }, { type: "ready" }, closed);
  assert.deepEqual(recovered.link, { at: "waiting", attempt: 0 });
});

test("a server that accepts and then says nothing counts as a failure", () => {
  const { link, acts } = run({ type: "wanted" }, { type: "opened" }, elapsed);
  assert.deepEqual(link, { at: "waiting", attempt: 1 });
  assert.equal(acts[0]?.do, "close");
});

test("a network that comes back ends the waiting at once", () => {
  const { link } = run({ type: "wanted" }, closed, closed, { type: "nudged" });
  assert.deepEqual(link, { at: "opening", attempt: 0 });
});

test("a nudge does not disturb a connection that works", () => {
  assert.deepEqual(step({ at: "ready" }, { type: "nudged" }), [{ at: "ready" }, []]);
});

test("a silent connection is replaced at once", () => {
  const { link, acts } = run(...connected, { type: "silent" });
  assert.equal(link.at, "opening");
  assert.deepEqual(acts.map((act) => act.do), ["close", "open", "wait"]);
});

test("a crowded server is left alone for long", () => {
  const { acts } = run(...connected, { type: "crowded" });
  assert.ok(acts.some((act) => act.do === "wait" && act.ms > 20_000));
});

test("a refused page never tries again", () => {
  for (const event of [{ type: "wanted" }, closed, elapsed, { type: "nudged" }, { type: "silent" }] as LinkEvent[]) {
    assert.deepEqual(step({ at: "refused" }, event), [{ at: "refused" }, []]);
  }
});
