/** One case in a list. Urgency is said in words as well as in colour. */

import { plain } from "../../../../bots/web/widget/bidi.ts";
import { acting } from "../desk.ts";
import { hasDraft } from "../drafts.ts";
import { langOf, languageWord } from "../format.ts";
import type { Speaker, TicketRow } from "../protocol.ts";
import { addressOf, caseAt, follow, openNumber } from "../route.ts";
import { isMine, isWriting, owesReply } from "../store.ts";
import { channelOf, customerOf, endingOf, subjectOf, whyOf } from "../words.ts";
import { Since } from "./time.tsx";

const SPEAKERS: Readonly<Record<Speaker, string>> = { customer: "", bot: "Bot: ", agent: "Agent: ", system: "" };

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
          <Since at={timeOf(ticket)} />
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
  const last = ticket.last;
  const text = last?.text ? gist(last.text, last.from) : subjectOf(ticket);
  const from = !last ? "" : last.from === "agent" && isMine(ticket) ? "You: " : SPEAKERS[last.from];
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
  const language = languageWord(ticket.language);
  if (ticket.status === "solved") return [endingOf(ticket.ending), language, channelOf(ticket.channel)];
  const why = ticket.why.map(whyOf).filter((one) => one !== null);
  return [why.length ? `${language}, ${why.join(", ")}` : language, channelOf(ticket.channel)];
}

/** Since when it waits, when somebody spoke last, or when it ended. */
function timeOf(ticket: TicketRow): string {
  if (ticket.status === "held") return ticket.last?.at ?? ticket.taken_at ?? ticket.waiting_since;
  return ticket.ended_at ?? ticket.waiting_since;
}

/** A text in one line; of answers without the signs of Markdown. */
function gist(text: string, from: Speaker): string {
  const bare =
    from === "customer"
      ? text
      : text.replace(/\*\*|`|^\s*(?:#+|[-*])\s+/gm, "").replace(/\[([^\]]+)\]\([^)]*\)/g, "$1");
  return plain(bare).replace(/\s+/g, " ");
}
