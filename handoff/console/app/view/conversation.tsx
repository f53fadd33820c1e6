/** One case in the middle: its head, what was said, and what to do. */

import { ArrowLeft, Info } from "lucide";
import { useEffect, useRef } from "preact/hooks";
import { desk } from "../console.ts";
import { langOf, languageWord } from "../format.ts";
import type { TicketRow } from "../protocol.ts";
import { addressOf, caseAt, follow } from "../route.ts";
import { isMine, openFile, openTicket } from "../store.ts";
import { channelOf, customerOf, endingOf, subjectOf } from "../words.ts";
import { Actions } from "./actions.tsx";
import { Foot } from "./foot.tsx";
import { Icon } from "./icon.tsx";
import { Failed, Skeleton } from "./states.tsx";
import { Ago } from "./time.tsx";
import { Transcript } from "./transcript.tsx";

export function Conversation({ number }: { number: number }) {
  const ticket = openTicket.value;
  return (
    <main class="conversation" aria-label={`Case ${number}`}>
      <Head number={number} ticket={ticket} />
      <Body number={number} />
      {ticket && <Foot ticket={ticket} />}
    </main>
  );
}

function Head({ number, ticket }: { number: number; ticket: TicketRow | null }) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // On a phone the list has gone; say where one is now.
    if (matchMedia("(max-width: 719px)").matches) title.current?.focus();
  }, []);
  useEffect(() => {
    // The button that was pressed is gone with the state in which it made sense.
    if (document.activeElement === document.body) title.current?.focus();
  }, [ticket?.status]);
  return (
    <header class="head">
      <a class="icon-button head-back" href={addressOf(caseAt(null))} onClick={follow(caseAt(null))}>
        <Icon of={ArrowLeft} size={20} />
        <span class="hidden">Back to the list</span>
      </a>
      <div class="head-words">
        <h1 ref={title} tabIndex={-1}>
          <span class="head-number figures">#{number}</span>{" "}
          {ticket && <bdi lang={langOf(ticket.subject, ticket.language)}>{subjectOf(ticket)}</bdi>}
        </h1>
        <p class="head-facts">{ticket ? <Facts ticket={ticket} /> : "\u00a0"}</p>
      </div>
      {ticket && <Actions ticket={ticket} />}
      <a class="icon-button head-details" href={addressOf(caseAt(number, true))} onClick={follow(caseAt(number, true))}>
        <Icon of={Info} size={20} />
        <span class="hidden">Customer and details</span>
      </a>
    </header>
  );
}

function Facts({ ticket }: { ticket: TicketRow }) {
  const name = customerOf(ticket);
  return (
    <>
      {ticket.urgent && <span class="tag tag-danger">Urgent</span>}
      <span>
        <bdi lang={langOf(name, ticket.language)}>{name}</bdi> · {languageWord(ticket.language)} ·{" "}
        {channelOf(ticket.channel)} · <State ticket={ticket} />
      </span>
    </>
  );
}

function State({ ticket }: { ticket: TicketRow }) {
  switch (ticket.status) {
    case "waiting":
      return (
        <>
          asked for a person <Ago at={ticket.waiting_since} />
        </>
      );
    case "held":
      return (
        <>
          taken by {isMine(ticket) ? "you" : <bdi>{ticket.agent?.name ?? "an agent"}</bdi>}{" "}
          <Ago at={ticket.taken_at ?? ticket.waiting_since} />
        </>
      );
    case "solved":
      return (
        <>
          {endingOf(ticket.ending).toLowerCase()} <Ago at={ticket.ended_at ?? ticket.waiting_since} />
        </>
      );
  }
}

function Body({ number }: { number: number }) {
  const file = openFile.value;
  if (file?.at === "ready") return <Transcript file={file.value} />;
  return (
    <div class="transcript">
      {file?.at === "failed" ? (
        <Failed refused={file.refused} again={() => void desk.load(number)} />
      ) : (
        <Skeleton shape="line" count={4} label="Loading the conversation" />
      )}
    </div>
  );
}
