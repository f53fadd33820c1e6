/** What can be done with a case, in words, with the key that does the same. */

import { Bot, Check, Undo2 } from "lucide";
import type { IconNode } from "lucide";
import { desk } from "../console.ts";
import { acting } from "../desk.ts";
import type { TicketRow } from "../protocol.ts";
import { isMine } from "../store.ts";
import { Icon } from "./icon.tsx";

export function Actions({ ticket }: { ticket: TicketRow }) {
  if (!isMine(ticket)) return null;
  const { number } = ticket;
  const act = acting.value.get(number);
  return (
    <div class="actions" role="group" aria-label="Actions">
      <Action
        icon={Undo2}
        name="Put back"
        hint="Put back in line"
        busy={act === "requeue"}
        off={act !== undefined}
        run={() => void desk.requeue(number)}
      />
      <Action
        icon={Bot}
        name="To the bot"
        hint="Return to the bot"
        busy={act === "return"}
        off={act !== undefined}
        run={() => void desk.returnToBot(number)}
      />
      <Action
        icon={Check}
        name="Resolve"
        hint="Resolve"
        busy={act === "resolve"}
        off={act !== undefined}
        run={() => desk.resolve(number)}
        main
      />
    </div>
  );
}

const KEYS: Readonly<Record<string, string>> = { "Put back": "U", "To the bot": "B", Resolve: "E" };

interface Props {
  readonly icon: IconNode;
  readonly name: string;
  readonly hint: string;
  readonly busy: boolean;
  readonly off: boolean;
  readonly run: () => void;
  readonly main?: boolean;
}

function Action({ icon, name, hint, busy, off, run, main = false }: Props) {
  return (
    <button
      type="button"
      class={main ? "button button-strong" : "button button-quiet"}
      title={`${hint} (${KEYS[name]})`}
      aria-label={hint}
      aria-busy={busy}
      aria-disabled={off}
      onClick={() => !off && run()}
    >
      <Icon of={icon} />
      <span class="action-name">{name}</span>
    </button>
  );
}
