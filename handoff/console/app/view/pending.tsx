/** What was written here and is on its way: can be undone, is being sent, or failed. */

import { Lock } from "lucide";
import { outbox } from "../console.ts";
import { langOf } from "../format.ts";
import type { Pending } from "../outbox.ts";
import type { TicketRow } from "../protocol.ts";
import { Icon } from "./icon.tsx";
import { Formatted } from "./rich.tsx";

export function PendingItem({ one, ticket }: { one: Pending; ticket: TicketRow }) {
  return (
    <article class="line" data-from={one.kind === "note" ? "note" : "agent"} data-pending={one.state}>
      <header class="caption">
        {one.kind === "note" && <Icon of={Lock} size={12} />}
        <span class="caption-name">You</span>
        {one.kind === "note" && <span>private note</span>}
      </header>
      <div class="bubble">
        <Formatted text={one.text} lang={langOf(one.text, ticket.language)} />
      </div>
      <Fate one={one} />
    </article>
  );
}

function Fate({ one }: { one: Pending }) {
  switch (one.state) {
    case "undoable":
      return (
        <p class="fate">
          <span class="fate-bar" aria-hidden="true" />
          Sending in a moment
          <button type="button" class="link" onClick={() => outbox.undo(one.id)}>
            Undo
          </button>
        </p>
      );
    case "sending":
    case "sent":
      return <p class="fate">Sending…</p>;
    case "failed":
      return (
        <p class="fate fate-failed" role="alert">
          Not sent. {one.problem}
          <button type="button" class="link" onClick={() => outbox.again(one.id)}>
            Send again
          </button>
          <button type="button" class="link" onClick={() => outbox.reopen(one.id)}>
            Edit
          </button>
        </p>
      );
  }
}
