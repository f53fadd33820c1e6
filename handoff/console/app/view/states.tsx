/** What stands where something is missing: nothing yet, still coming, or failed. */

import type { ComponentChildren } from "preact";
import type { IconNode } from "lucide";
import { TriangleAlert } from "lucide";
import type { Refused } from "../api.ts";
import { problemOf } from "../words.ts";
import { Icon } from "./icon.tsx";

/** Nothing is here: what belongs here, and what to do. */
export function Empty({ icon, title, children }: { icon: IconNode; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon of={icon} size={24} />
      <p class="empty-title">{title}</p>
      {children && <p class="muted">{children}</p>}
    </div>
  );
}

/** It could not be fetched: what happened, and another try. */
export function Failed({ refused, again }: { refused: Refused; again: () => void }) {
  return (
    <div class="empty" role="alert">
      <Icon of={TriangleAlert} size={24} />
      <p class="empty-title">{problemOf(refused)}</p>
      <button type="button" class="button" onClick={again}>
        Try again
      </button>
    </div>
  );
}

/** Grey shapes in the places of what comes. */
export function Skeleton({ shape, count, label }: { shape: "row" | "line" | "card"; count: number; label: string }) {
  return (
    <div class="skeletons" role="status" aria-label={label}>
      {Array.from({ length: count }, (_, place) => (
        <div key={place} class={`skeleton skeleton-${shape}`} aria-hidden="true" />
      ))}
    </div>
  );
}
