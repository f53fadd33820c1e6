/** Times as people say them, with the exact one on hover. */

import { now } from "../clock.ts";
import { ago, clockOf, exact, since } from "../format.ts";

/** "2 min ago" */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={exact(at)}>
      {ago(at, now.value)}
    </time>
  );
}

/** "2 min": for a list, where every word counts. */
export function Since({ at }: { at: string }) {
  return (
    <time class="figures" dateTime={at} title={exact(at)}>
      {since(at, now.value)}
    </time>
  );
}

/** "14:05" */
export function Clock({ at }: { at: string }) {
  return (
    <time class="figures" dateTime={at} title={exact(at)}>
      {clockOf(at)}
    </time>
  );
}
