/** The lists of cases: waiting, mine, solved today. */

import { Coffee, HandHelping, Search, SearchX, Trophy } from "lucide";
import type { IconNode } from "lucide";
import { desk } from "../console.ts";
import { count } from "../format.ts";
import { SEARCH_ID } from "../keys.ts";
import { listed, mine, owesReply, query, rows, solved, type View, view, waiting } from "../store.ts";
import { Colleagues } from "./colleagues.tsx";
import { Icon } from "./icon.tsx";
import { TicketItem } from "./row.tsx";
import { Empty, Failed, Skeleton } from "./states.tsx";

const NAMES: Readonly<Record<View, string>> = { waiting: "Waiting", mine: "Mine", solved: "Solved today" };
const VIEWS: readonly View[] = ["waiting", "mine", "solved"];
const NOTHING: Readonly<Record<View, readonly [IconNode, string, string]>> = {
  waiting: [Coffee, "Nobody waits", "Customers who need a person appear here at once, the most urgent first."],
  mine: [HandHelping, "You hold no case", "Take one from Waiting: open it and press T."],
  solved: [Trophy, "Nothing solved today yet", "Cases that are resolved today are kept here."],
};

export function TicketList() {
  return (
    <section class="list" aria-label="Cases">
      <Tabs />
      <SearchField />
      <div class="list-body" id="cases" role="tabpanel" aria-labelledby={`tab-${view.value}`}>
        <Rows />
      </div>
      <Colleagues />
    </section>
  );
}

function Tabs() {
  const turn = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    const next = VIEWS[(VIEWS.indexOf(view.value) + by + VIEWS.length) % VIEWS.length] ?? "waiting";
    view.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Lists" onKeyDown={turn}>
      {VIEWS.map((one) => (
        <Tab key={one} name={one} />
      ))}
    </div>
  );
}

function Tab({ name }: { name: View }) {
  const chosen = view.value === name;
  const many = name === "waiting" ? waiting.value.length : name === "mine" ? mine.value.length : 0;
  return (
    <button
      type="button"
      role="tab"
      id={`tab-${name}`}
      class="tab"
      aria-selected={chosen}
      aria-controls="cases"
      tabIndex={chosen ? 0 : -1}
      onClick={() => (view.value = name)}
    >
      {NAMES[name]}
      {many > 0 && <span class="tab-count figures">{count(many)}</span>}
      {name === "mine" && mine.value.some(owesReply) && <span class="dot dot-inline" />}
    </button>
  );
}

function SearchField() {
  return (
    <div class="search">
      <Icon of={Search} />
      <input
        id={SEARCH_ID}
        type="search"
        autocomplete="off"
        placeholder="Search this list"
        aria-label="Search this list"
        value={query.value}
        onInput={(event) => (query.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") query.value = "";
        }}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}

function Rows() {
  const done = solved.value;
  if (view.value === "solved" && done.at === "failed")
    return <Failed refused={done.refused} again={() => void desk.loadSolved()} />;
  if (view.value === "solved" ? done.at === "loading" : !listed.value)
    return <Skeleton shape="row" count={6} label="Loading cases" />;
  if (rows.value.length > 0)
    return (
      <ul class="rows">
        {rows.value.map((ticket) => (
          <TicketItem key={ticket.number} ticket={ticket} />
        ))}
      </ul>
    );
  if (query.value)
    return (
      <Empty icon={SearchX} title={`Nothing fits “${query.value}”`}>
        Only this list is searched: number, name, subject, last message.
      </Empty>
    );
  const [icon, title, hint] = NOTHING[view.value];
  return (
    <Empty icon={icon} title={title}>
      {hint}
    </Empty>
  );
}
