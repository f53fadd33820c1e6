/** One case in a list. Urgency is said in words as well as in colour. */

import { plain } from "../../../../bots/web/widget/bidi.ts";
import { acting } from "../desk.ts";
import { hasDraft } from "../drafts.ts";
import { langOf, languageWord } from "../format.ts";
import type { Speaker, TicketRow } from "../protocol.ts";
import { addressOf, caseAt, follow, openNumber } from "../route.ts";
import { isWriting, owesReply } from "../store.ts";
import { channelOf, customerOf, endingOf, whyOf } from "../words.ts";
import { Since } from "./time.tsx";

const SPEAKERS: Readonly<Record<Speaker, string>> = { customer: "", bot: "Bot: ", agent: "You: ", system: "" };

export function TicketItem({ ticket }: { ticket: TicketRow }) {
  const to = caseAt(ticket.number);
  const shown = openNumber() === ticket.number;
  const name = customerOf(ticket);
  return (
    <li class="row-place">
      <a
        id={`row-${ticket.number}`}
        class="row"
        href={addressOf(to)}
        onClick={follow(to)}
        aria-current={shown ? "true" : undefined}
        data-urgent={ticket.urgent}
      >
        <span class="row-top">
          {owesReply(ticket) && <span class="dot dot-inline" />}
          <bdi class="row-name" lang={langOf(name, ticket.language)}>
            {name}
          </bdi>
          <span class="row-number figures">#{ticket.number}</span>
          <Since at={ticket.ended_at ?? ticket.waiting_since} />
        </span>
        <Gist ticket={ticket} />
        <Why ticket={ticket} />
      </a>
    </li>
  );
}

/** The last thing said, or the subject. */
function Gist({ ticket }: { ticket: TicketRow }) {
  if (isWriting(ticket.number)) return <span class="row-gist row-writing">writing…</span>;
  const text = plain(ticket.last?.text || ticket.subject).replace(/\s+/g, " ");
  const from = ticket.last ? SPEAKERS[ticket.last.from] : "";
  return (
    <span class="row-gist">
      {from && <span>{from}</span>}
      <bdi lang={langOf(text, ticket.language)}>{text}</bdi>
    </span>
  );
}

/** Why it stands where it stands. */
function Why({ ticket }: { ticket: TicketRow }) {
  const act = acting.value.get(ticket.number);
  return (
    <span class="row-why">
      {ticket.urgent && ticket.status !== "solved" && <span class="tag tag-danger">Urgent</span>}
      {owesReply(ticket) && <span class="tag tag-due">Your turn</span>}
      {act === "take" && <span class="tag">Taking…</span>}
      {hasDraft(ticket.number) && <span class="tag">Draft</span>}
      <span>{facts(ticket).join(" · ")}</span>
    </span>
  );
}

function facts(ticket: TicketRow): readonly string[] {
  const other = ticket.why.includes("other_language") ? ` (${whyOf("other_language")})` : "";
  const place = [languageWord(ticket.language) + other, channelOf(ticket.channel)];
  if (ticket.status === "solved") return [endingOf(ticket.ending), ...place];
  return ticket.status === "waiting" ? [...place, ticket.queue] : place;
}
