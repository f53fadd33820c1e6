/** Which page is shown: the address says it, so that it can be linked, reloaded and gone back from. */

import { signal } from "@preact/signals";

const BASE = "/console/";

export type Route =
  | { readonly page: "inbox"; readonly number: number | null; readonly details: boolean }
  | { readonly page: "agents" }
  | { readonly page: "account" };

export const route = signal<Route>(read(location.pathname));

export function addressOf(to: Route): string {
  if (to.page !== "inbox") return BASE + to.page;
  if (to.number === null) return BASE;
  return `${BASE}tickets/${to.number}${to.details ? "/details" : ""}`;
}

export function caseAt(number: number | null, details = false): Route {
  return { page: "inbox", number, details };
}

/** The number of the case on the screen. */
export function openNumber(): number | null {
  return route.value.page === "inbox" ? route.value.number : null;
}

/** Show a page, so that Back returns to the present one. */
export function go(to: Route): void {
  if (addressOf(to) !== location.pathname) history.pushState(null, "", addressOf(to));
  route.value = to;
}

/** Show a page in place of the present one. */
export function replace(to: Route): void {
  history.replaceState(null, "", addressOf(to));
  route.value = to;
}

export function followHistory(): void {
  addEventListener("popstate", () => {
    route.value = read(location.pathname);
  });
}

/** For a link's click: take it over, unless the reader wants a new tab. */
export function follow(to: Route): (event: MouseEvent) => void {
  return (event) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
}

function read(path: string): Route {
  const rest = path.startsWith(BASE) ? path.slice(BASE.length) : "";
  if (rest === "agents" || rest === "account") return { page: rest };
  const [, number, details] = /^tickets\/(\d{1,9})(\/details)?\/?$/.exec(rest) ?? [];
  return caseAt(number ? Number(number) : null, details !== undefined);
}
