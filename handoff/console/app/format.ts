/** Says times, numbers, languages and long values in the reader's way. */

import { fileSize } from "../../../bots/web/widget/file.ts";
import { languageOf } from "../../../bots/web/widget/language.ts";
import type { Language } from "../../../bots/web/widget/language.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const LONGEST_WHOLE = 22;
const ENDS = 8;

/** The words are English; numbers and dates are the reader's. */
const reader = navigator.language;
const exactTime = new Intl.DateTimeFormat(reader, { dateStyle: "medium", timeStyle: "long" });
const clockTime = new Intl.DateTimeFormat(reader, { timeStyle: "short" });
const dayName = new Intl.DateTimeFormat("en", { weekday: "long", month: "short", day: "numeric" });
const dayShort = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const numbers = new Intl.NumberFormat(reader);
const percents = new Intl.NumberFormat(reader, { style: "percent" });
const languages = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

/** "now", "2 min", "3 h", "Nov 22": how long ago, as short as a list needs it. */
export function since(at: string, now: number): string {
  const passed = Math.max(0, now - Date.parse(at));
  if (Number.isNaN(passed)) return "";
  if (passed < MINUTE) return "now";
  if (passed < HOUR) return `${numbers.format(Math.floor(passed / MINUTE))} min`;
  if (passed < DAY) return `${numbers.format(Math.floor(passed / HOUR))} h`;
  return dayShort.format(Date.parse(at));
}

/** "just now", "2 min ago", "Nov 22". */
export function ago(at: string, now: number): string {
  const short = since(at, now);
  if (short === "now") return "just now";
  return now - Date.parse(at) < DAY ? `${short} ago` : short;
}

/** A length of time in whole minutes or hours: "4 min". */
export function duration(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes < 90 ? `${numbers.format(minutes)} min` : `${numbers.format(Math.round(minutes / 60))} h`;
}

/** Date and time to the second, with the reader's zone. */
export function exact(at: string): string {
  const then = Date.parse(at);
  return Number.isNaN(then) ? "" : exactTime.format(then);
}

export function clockOf(at: string): string {
  const then = Date.parse(at);
  return Number.isNaN(then) ? "" : clockTime.format(then);
}

/** "Today", "Yesterday", or the day's name and date. */
export function dayOf(at: string, now: number): string {
  const then = new Date(at);
  const days = Math.round((startOfDay(new Date(now)) - startOfDay(then)) / DAY);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return dayName.format(then);
}

export function count(value: number): string {
  return numbers.format(value);
}

export function sizeOf(bytes: number): string {
  return fileSize(bytes, reader);
}

export function percent(share: number): string {
  return percents.format(share);
}

/** "Chinese (中文)": in English, for whoever does not know the code, and in itself. */
export function languageName(code: string): string {
  try {
    const english = languages.of(code) ?? code;
    const own = new Intl.DisplayNames(code, { type: "language", fallback: "code" }).of(code) ?? code;
    return own.toLowerCase() === english.toLowerCase() ? english : `${english} (${own})`;
  } catch {
    return code;
  }
}

/** "Chinese". */
export function languageWord(code: string): string {
  try {
    return languages.of(code) ?? code;
  } catch {
    return code;
  }
}

/** A long hash or address without its middle, which nobody reads; both ends stay, which people compare. */
export function shortened(value: string): string {
  if (value.length <= LONGEST_WHOLE || /\s/.test(value)) return value;
  return `${value.slice(0, ENDS)}…${value.slice(-ENDS)}`;
}

/** The tag for a text's glyphs, told by its script; Han characters alone are the customer's language's. */
export function langOf(text: string, customer: string): string {
  const primary = customer.split("-")[0];
  const written = languageOf(text, primary === "ja" ? "ja" : ("zh" satisfies Language));
  if (written === "zh" && primary === "zh") return customer;
  if (written === "en" && /^[a-z]{2,3}/i.test(customer) && !["zh", "ja", "ko"].includes(primary ?? "")) return customer;
  return written;
}

function startOfDay(day: Date): number {
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}
