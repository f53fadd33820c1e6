/** Puts the parts together and keeps them in step with who is signed in and what is on the screen. */

import { effect, untracked } from "@preact/signals";
import { Account } from "./account.ts";
import { Api } from "./api.ts";
import { startClock } from "./clock.ts";
import { Desk } from "./desk.ts";
import { forgetDrafts } from "./drafts.ts";
import { apply } from "./feed.ts";
import { listenToKeys } from "./keys.ts";
import { Live } from "./live.ts";
import { forgetPending, Outbox } from "./outbox.ts";
import { People } from "./people.ts";
import type { ServerFrame } from "./protocol.ts";
import { followHistory, openNumber } from "./route.ts";
import { forgetAll, link, signIn, view, waiting } from "./store.ts";
import { toasts } from "./toasts.ts";

/** So long a case must stay on the screen before it is fetched: J J J opens the last one only. */
const DWELL_MS = 80;

const api = new Api();
export const account = new Account(api);
export const people = new People(api);
export const outbox = new Outbox(api);
export const desk = new Desk(api, outbox);

const live = new Live({ heard, lost });
let watched: number | null = null;

/** Start everything. Called once. */
export function start(): void {
  api.onSignedOut = () => {
    if (signIn.value.at === "in") signIn.value = { at: "out", because: "You were signed out. Sign in again." };
  };
  startClock();
  followHistory();
  listenToKeys(desk);
  addEventListener("pagehide", () => {
    outbox.leave();
    desk.leave();
  });
  effect(showCountInTitle);
  followSignIn();
  followScreen();
  void account.look();
}

function followSignIn(): void {
  let inside: string | null = null;
  effect(() => {
    const now = signIn.value;
    const id = now.at === "in" && !now.session.must_enroll_totp ? now.session.agent.id : null;
    if (id === inside) return;
    const before = inside;
    inside = id;
    untracked(() => {
      if (before !== null) end(now.at === "out" && now.because === null);
      if (id !== null) live.start();
    });
  });
}

function end(onPurpose: boolean): void {
  live.stop();
  desk.forget();
  forgetPending();
  if (onPurpose) forgetDrafts();
  forgetAll();
  toasts.value = [];
  link.value = "connecting";
  watched = null;
}

function followScreen(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const number = openNumber();
    if (link.value !== "live") return;
    clearTimeout(timer);
    timer = setTimeout(() => show(number), DWELL_MS);
  });
  effect(() => {
    if (view.value === "solved" && link.value === "live") untracked(() => void desk.loadSolved());
  });
}

function show(number: number | null): void {
  if (watched !== null && watched !== number) live.send({ type: "unwatch", number: watched });
  watched = number;
  if (number === null) return;
  live.send({ type: "watch", number });
  void desk.load(number);
}

function heard(frame: ServerFrame): void {
  switch (frame.type) {
    case "signed_out":
      return api.onSignedOut();
    case "error":
      return;
    case "snapshot":
      // A new socket watches nothing yet.
      if (link.value !== "live") watched = null;
      return apply(frame);
    default:
      return apply(frame);
  }
}

function lost(): void {
  link.value = "lost";
  // The browser does not say why a socket was refused; an ended session is told apart by asking.
  if (navigator.onLine) void api.get("me").catch(() => undefined);
}

function showCountInTitle(): void {
  const count = signIn.value.at === "in" ? waiting.value.length : 0;
  document.title = count ? `(${count}) Switchboard` : "Switchboard";
}
