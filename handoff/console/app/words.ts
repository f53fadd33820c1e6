/** The agents' words for what the desk calls by codes. */

import { plain } from "../../../bots/web/widget/bidi.ts";
import type { Refused } from "./api.ts";
import type { Presence, TicketRow } from "./protocol.ts";

const REASONS: Readonly<Record<string, string>> = {
  asked: "Asked for a person",
  urgent: "Urgent matter",
  complaint: "Complaint",
  not_understood: "The bot did not understand",
  not_helped: "The answer did not help",
  no_article: "No approved answer",
  nlu_down: "Understanding was away",
  failed: "Something failed on our side",
};

/** Urgency has a mark of its own, and how long it waits stands beside. */
const WHY: Readonly<Record<string, string>> = {
  language: "your language",
  other_language: "other language",
};

const CHANNELS: Readonly<Record<string, string>> = {
  web: "Website",
  rest: "API",
  telegram: "Telegram",
  discord: "Discord",
  x: "X",
  twitter: "X",
  email: "Email",
};

const ENDINGS: Readonly<Record<string, string>> = {
  resolved: "Resolved",
  to_bot: "Returned to the bot",
  left: "Customer left the line",
};

const STATES: Readonly<Record<Presence, string>> = { online: "Online", away: "Away", offline: "Offline" };

const DETAILS: Readonly<Record<string, string>> = {
  uid: "UID",
  txid: "TXID",
  order: "Order",
  screenshot: "What they see",
};

const REFUSALS: Readonly<Record<string, string>> = {
  too_large: "Not kept: too large",
  type_refused: "Not kept: this type of file is not accepted",
  infected: "Not kept: the virus scanner refused it",
  unavailable: "Not kept: it could not be fetched or checked",
};

export const reasonOf = (ticket: TicketRow): string => REASONS[ticket.reason] ?? plainly(ticket.reason);
export const whyOf = (code: string): string | null => WHY[code] ?? null;
export const channelOf = (name: string): string => CHANNELS[name] ?? capital(name);
export const endingOf = (code: string | null): string => (code ? (ENDINGS[code] ?? plainly(code)) : "Solved");
export const stateOf = (state: Presence): string => STATES[state];
export const refusalOf = (code: string): string => REFUSALS[code] ?? `Not kept: ${plainly(code)}`;
export const detailOf = (name: string): string => DETAILS[name.toLowerCase()] ?? capital(plainly(name));

/** A customer without a name is called by his channel. */
export function customerOf(ticket: TicketRow): string {
  return plain(ticket.customer_name ?? "").trim() || `${channelOf(ticket.channel)} visitor`;
}

/** What a case is about, in the customer's words. */
export function subjectOf(ticket: TicketRow): string {
  return plain(ticket.subject).trim() || reasonOf(ticket);
}

/** "faq/deposit_not_arrived" as people say it: "deposit not arrived". */
export function intentOf(intent: string): string {
  return plainly(intent.replace(/^faq\//, ""));
}

/** What went wrong, and what to do. */
export function problemOf(refused: Refused): string {
  switch (refused.code) {
    case "offline":
      return "The server cannot be reached. Try again in a moment.";
    case "unavailable":
      return "The service is away for a moment. Nothing was lost; try again.";
    case "wrong_login":
      return "The name, the password or the code is wrong.";
    case "taken":
      return "Somebody else was quicker.";
    case "full":
      return "You hold as many cases as your capacity allows. Finish one or put one back first.";
    case "not_yours":
      return "This case is no longer yours.";
    case "not_found":
      return "There is no such case.";
    case "not_allowed":
      return refused.message ? `Not allowed: ${refused.message}.` : "This is not allowed.";
    case "csrf":
      return "This page is out of date. Reload it.";
    case "rate_limited":
      return "That was too often. Wait a moment.";
    default:
      return refused.message ? `${capital(refused.message)}.`.replace("..", ".") : "That did not work.";
  }
}

function plainly(code: string): string {
  return code.replace(/[_/-]+/g, " ").trim();
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
