/** Who is there, and how much each one carries. */

import { useSignal } from "@preact/signals";
import { ChevronDown, ChevronUp } from "lucide";
import { count } from "../format.ts";
import type { Colleague, Presence } from "../protocol.ts";
import { colleagues, me } from "../store.ts";
import { stateOf } from "../words.ts";
import { Icon } from "./icon.tsx";

const ORDER: readonly Presence[] = ["online", "away", "offline"];

export function Colleagues() {
  const open = useSignal(false);
  const many = (state: Presence) => colleagues.value.filter((one) => one.state === state).length;
  return (
    <div class="colleagues">
      <button
        type="button"
        class="colleagues-sum"
        aria-expanded={open.value}
        onClick={() => (open.value = !open.value)}
      >
        <span class="presence-light" data-state={many("online") ? "online" : "offline"} />
        <span>
          {count(many("online"))} online{many("away") > 0 && `, ${count(many("away"))} away`}
        </span>
        <Icon of={open.value ? ChevronDown : ChevronUp} />
        <span class="hidden">Colleagues</span>
      </button>
      {open.value && (
        <ul class="colleagues-list">
          {[...colleagues.value].sort(byState).map((one) => (
            <Person key={one.id} one={one} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Person({ one }: { one: Colleague }) {
  return (
    <li class="colleague">
      <span class="presence-light" data-state={one.state} />
      <bdi class="colleague-name">{one.name}</bdi>
      {one.id === me.value?.id && <span class="muted">you</span>}
      <span class="muted figures">
        {stateOf(one.state)} · {count(one.held)} of {count(one.capacity)}
      </span>
    </li>
  );
}

function byState(a: Colleague, b: Colleague): number {
  return ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.name.localeCompare(b.name);
}
