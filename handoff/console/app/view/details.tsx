/** The right column: who the customer is, what he gave, and what came before. */

import { ArrowLeft } from "lucide";
import type { ComponentChildren } from "preact";
import { duration, langOf, languageName } from "../format.ts";
import type { Line, Standing, TicketFile, TicketRow } from "../protocol.ts";
import { addressOf, caseAt, follow, openNumber } from "../route.ts";
import { openFile } from "../store.ts";
import { channelOf, customerOf, detailOf, endingOf, intentOf, reasonOf, subjectOf } from "../words.ts";
import { FileRow } from "./attachments.tsx";
import { Copied } from "./copy.tsx";
import { Icon } from "./icon.tsx";
import { Skeleton } from "./states.tsx";
import { Ago } from "./time.tsx";

export function Details() {
  const file = openFile.value;
  const back = caseAt(openNumber());
  return (
    <aside class="details" aria-label="Customer and details">
      <a class="details-back" href={addressOf(back)} onClick={follow(back)}>
        <Icon of={ArrowLeft} size={20} /> Conversation
      </a>
      {file?.at === "ready" ? <Known file={file.value} /> : <Skeleton shape="card" count={3} label="Loading details" />}
    </aside>
  );
}

function Known({ file }: { file: TicketFile }) {
  return (
    <>
      <Part title="Customer">
        <Customer ticket={file.ticket} />
      </Part>
      <Part title="Why a person">
        <Reason ticket={file.ticket} standing={file.standing} />
      </Part>
      <Part title="Details given">
        {file.details.length === 0 ? (
          <p class="muted">None so far. The bot asks for UID, TXID and order while the customer waits.</p>
        ) : (
          <dl class="facts facts-stacked">
            {file.details.map((one) => (
              <Fact key={one.name + one.value} name={detailOf(one.name)}>
                <Copied name={detailOf(one.name)} value={one.value} />
              </Fact>
            ))}
          </dl>
        )}
      </Part>
      <Files lines={file.lines} />
      <Part title="Earlier cases">
        <Earlier tickets={file.earlier} />
      </Part>
    </>
  );
}

function Customer({ ticket }: { ticket: TicketRow }) {
  const name = customerOf(ticket);
  return (
    <dl class="facts">
      <Fact name="Name">
        <bdi lang={langOf(name, ticket.language)}>{name}</bdi>
      </Fact>
      <Fact name="Language">{languageName(ticket.language)}</Fact>
      <Fact name="Channel">{channelOf(ticket.channel)}</Fact>
      {typeof ticket.rating === "number" && <Fact name="Rating">{ticket.rating} of 5</Fact>}
    </dl>
  );
}

function Reason({ ticket, standing }: { ticket: TicketRow; standing: Standing }) {
  return (
    <dl class="facts">
      <Fact name="Reason">{reasonOf(ticket)}</Fact>
      {ticket.intent && <Fact name="About">{intentOf(ticket.intent)}</Fact>}
      <Fact name="Queue">{ticket.queue}</Fact>
      <Fact name="Asked">
        <Ago at={ticket.waiting_since} />
      </Fact>
      {ticket.status === "waiting" && typeof standing.position === "number" && (
        <Fact name="Place">
          {standing.position} in line{typeof standing.wait_s === "number" && `, about ${duration(standing.wait_s)}`}
        </Fact>
      )}
    </dl>
  );
}

/** What the customer has sent, newest first; without a place while there is nothing. */
function Files({ lines }: { lines: readonly Line[] }) {
  const sent = lines.filter((line) => line.from === "customer" && line.attachments.length > 0).reverse();
  if (sent.length === 0) return null;
  return (
    <Part title="Files sent">
      <ul class="files">
        {sent.flatMap((line) =>
          line.attachments.map((file, place) => (
            <li key={`${line.id} ${place}`}>
              <FileRow file={file} />
            </li>
          )),
        )}
      </ul>
    </Part>
  );
}

function Earlier({ tickets }: { tickets: readonly TicketRow[] }) {
  if (tickets.length === 0) return <p class="muted">This is the customer's first case.</p>;
  return (
    <ul class="earlier">
      {tickets.map((one) => (
        <li key={one.number}>
          <a href={addressOf(caseAt(one.number))} onClick={follow(caseAt(one.number))}>
            <bdi lang={langOf(one.subject, one.language)}>{subjectOf(one)}</bdi>
            <span class="muted">
              #{one.number} · {one.status === "solved" ? endingOf(one.ending).toLowerCase() : one.status} ·{" "}
              <Ago at={one.ended_at ?? one.waiting_since} />
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function Part({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="part">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
