/** The life of the connection as a pure state machine: when to open, greet, wait and give up. */

/** `attempt` counts failures in a row. `refused`: the server will never let this page in. */
export type Link =
  | { readonly at: "idle" }
  | { readonly at: "opening" | "greeting" | "waiting"; readonly attempt: number }
  | { readonly at: "ready" }
  | { readonly at: "refused" };

export type LinkEvent =
  | { readonly type: "wanted" }
  | { readonly type: "opened" }
  | { readonly type: "ready" }
  /** `chance` is a random number from 0 to 1: it spreads the clients of a restarted server. */
  | { readonly type: "closed"; readonly chance: number }
  | { readonly type: "elapsed"; readonly chance: number }
  /** The network came back, or the reader came back to the page. */
  | { readonly type: "nudged" }
  /** The socket looks open, but nothing comes through it. */
  | { readonly type: "silent" }
  | { readonly type: "crowded" }
  | { readonly type: "refused" };

export type LinkAct =
  | { readonly do: "open" }
  | { readonly do: "greet" }
  | { readonly do: "close" }
  /** Send `elapsed` after so many milliseconds, in place of an earlier wait. */
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "rest" };

export const PATIENCE_MS = 12_000;
const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const CROWDED_ATTEMPT = 6;

/** Return the next state, and what must be done to be in it. */
export function step(link: Link, event: LinkEvent): [Link, readonly LinkAct[]] {
  switch (event.type) {
    case "wanted":
      return link.at === "idle" ? open(0) : [link, []];
    case "opened":
      return link.at === "opening"
        ? [{ at: "greeting", attempt: link.attempt }, [{ do: "greet" }]]
        : [link, []];
    case "ready":
      return link.at === "greeting" ? [{ at: "ready" }, [{ do: "rest" }]] : [link, []];
    case "closed":
      return closed(link, event.chance);
    case "elapsed":
      return elapsed(link, event.chance);
    case "nudged":
      return link.at === "waiting" ? open(0) : [link, []];
    case "silent":
      return link.at === "ready" ? withClose(open(0)) : [link, []];
    case "crowded":
      return link.at === "idle" || link.at === "refused"
        ? [link, []]
        : wait(CROWDED_ATTEMPT, 0.5, [{ do: "close" }]);
    case "refused":
      return [{ at: "refused" }, [{ do: "close" }, { do: "rest" }]];
  }
}

/** How long to wait before attempt number `attempt`: it doubles, up to half a minute, with half of it left to chance. */
export function pause(attempt: number, chance: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return Math.round(full * (0.5 + chance / 2));
}

function closed(link: Link, chance: number): [Link, readonly LinkAct[]] {
  switch (link.at) {
    case "opening":
    case "greeting":
      return wait(link.attempt + 1, chance, []);
    case "ready":
      return wait(0, chance, []);
    case "idle":
    case "waiting":
    case "refused":
      return [link, []];
  }
}

function elapsed(link: Link, chance: number): [Link, readonly LinkAct[]] {
  switch (link.at) {
    case "waiting":
      return open(link.attempt);
    case "opening":
    case "greeting":
      return wait(link.attempt + 1, chance, [{ do: "close" }]);
    case "idle":
    case "ready":
    case "refused":
      return [link, []];
  }
}

function open(attempt: number): [Link, readonly LinkAct[]] {
  return [{ at: "opening", attempt }, [{ do: "open" }, { do: "wait", ms: PATIENCE_MS }]];
}

function wait(attempt: number, chance: number, before: readonly LinkAct[]): [Link, readonly LinkAct[]] {
  return [{ at: "waiting", attempt }, [...before, { do: "wait", ms: pause(attempt, chance) }]];
}

function withClose([link, acts]: [Link, readonly LinkAct[]]): [Link, readonly LinkAct[]] {
  return [link, [{ do: "close" }, ...acts]];
}
