/** Says times and durations in the reader's language and zone. */

import type { Language } from "./language.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "2 min ago"; `justNow` under a minute; the date from a day on. */
export function ago(at: string, now: number, language: Language, justNow: string): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return "";
  const passed = now - then;
  if (passed < MINUTE) return justNow;
  if (passed >= DAY) {
    return format(language, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }).format(then);
  }
  const relative = new Intl.RelativeTimeFormat(language, { style: "short" });
  const [amount, unit] = passed < HOUR ? [passed / MINUTE, "minute" as const] : [passed / HOUR, "hour" as const];
  return relative.format(-Math.floor(amount), unit).replace(".", "");
}

/** Date and time to the minute, with the zone. */
export function exact(at: string, language: Language): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return "";
  return format(language, {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "numeric",
    minute: "2-digit",
    timeZoneName: "short",
  }).format(then);
}

/** A calendar date such as an article's, which has no zone. */
export function day(date: string, language: Language): string {
  const then = Date.parse(`${date.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(then)) return date;
  return format(language, { year: "numeric", month: "short", day: "numeric", timeZone: "UTC" }).format(then);
}

/** An expected wait, in whole minutes or hours, never less than a minute. */
export function wait(seconds: number, language: Language): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  const [amount, unit] = minutes < 90 ? [minutes, "minute"] : [Math.round(minutes / 60), "hour"];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(amount);
}

function format(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(language, options);
}
