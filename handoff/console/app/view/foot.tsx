/** Under the conversation: the composer for its holder, the way to become it for others. */

import { write } from "../composing.ts";
import { desk } from "../console.ts";
import { acting } from "../desk.ts";
import type { TicketRow } from "../protocol.ts";
import { isMine } from "../store.ts";
import { endingOf } from "../words.ts";
import { Composer } from "./composer.tsx";

export function Foot({ ticket }: { ticket: TicketRow }) {
  if (isMine(ticket)) return <Composer ticket={ticket} />;
  return (
    <footer class="foot">
      <Offer ticket={ticket} />
    </footer>
  );
}

function Offer({ ticket }: { ticket: TicketRow }) {
  switch (ticket.status) {
    case "waiting":
      return <Take number={ticket.number} />;
    case "held":
      return (
        <p class="foot-said">
          <bdi>{ticket.agent?.name ?? "Another agent"}</bdi> holds this case. You can read along.
        </p>
      );
    case "solved":
      return <p class="foot-said">{endingOf(ticket.ending)}. A new request from this customer makes a new case.</p>;
  }
}

/** Says "taking…" at once, and that it is ours only after the server said so. */
function Take({ number }: { number: number }) {
  const taking = acting.value.get(number) === "take";
  const take = async () => {
    // On a phone the keyboard would cover what is to be read first.
    if ((await desk.take(number)) && matchMedia("(min-width: 720px)").matches) write("reply");
  };
  return (
    <>
      <p class="foot-said">The bot still answers while this customer waits.</p>
      <button type="button" class="button button-primary" aria-disabled={taking} onClick={() => void take()}>
        {taking ? "Taking…" : "Take this case"}
        {!taking && <kbd aria-hidden="true">T</kbd>}
      </button>
    </>
  );
}
