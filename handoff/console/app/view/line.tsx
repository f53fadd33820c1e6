/** One line of a conversation. */

import { Lock } from "lucide";
import { langOf } from "../format.ts";
import type { Line, TicketRow } from "../protocol.ts";
import { me } from "../store.ts";
import { customerOf } from "../words.ts";
import { Attachments } from "./attachments.tsx";
import { Icon } from "./icon.tsx";
import { Formatted, Outward, Verbatim } from "./rich.tsx";
import { Clock } from "./time.tsx";
import { UnderstoodLine } from "./understood.tsx";

interface Props {
  readonly line: Line;
  readonly ticket: TicketRow;
  /** It goes on where the line before ended: the name is not said again. */
  readonly joined: boolean;
}

export function LineItem({ line, ticket, joined }: Props) {
  const lang = langOf(line.text, line.understood?.language ?? ticket.language);
  if (line.from === "system" && !line.private) return <SystemLine line={line} lang={lang} />;
  return (
    <article class="line" data-from={line.private ? "note" : line.from} data-joined={joined}>
      <Caption line={line} ticket={ticket} joined={joined} />
      {(line.text || line.attachments.length === 0) && (
        <div class="bubble">
          {line.from === "customer" ? (
            <Verbatim text={line.text} lang={lang} />
          ) : (
            <Formatted text={line.text} lang={lang} />
          )}
          <Choices line={line} />
        </div>
      )}
      <Attachments files={line.attachments} />
      <Article line={line} />
      {line.from === "customer" && <UnderstoodLine understood={line.understood} />}
    </article>
  );
}

function SystemLine({ line, lang }: { line: Line; lang: string }) {
  return (
    <p class="line system">
      <bdi lang={lang}>{line.text}</bdi> <Clock at={line.at} />
    </p>
  );
}

function Caption({ line, ticket, joined }: Props) {
  return (
    <header class={joined ? "caption hidden" : "caption"}>
      {line.private && <Icon of={Lock} size={12} />}
      <bdi class="caption-name">{speakerOf(line, ticket)}</bdi>
      {line.private && <span>private note</span>}
      <Clock at={line.at} />
      {line.edited && <span>edited</span>}
    </header>
  );
}

/** The buttons that the customer was shown; an agent only reads them. */
function Choices({ line }: { line: Line }) {
  if (line.choices.length === 0) return null;
  return (
    <ul class="choices" aria-label="Buttons shown to the customer">
      {line.choices.map((one) => (
        <li key={one.id}>{one.label}</li>
      ))}
    </ul>
  );
}

function Article({ line }: { line: Line }) {
  if (!line.article) return null;
  return (
    <p class="source">
      Article <Outward url={line.article.url}>{line.article.slug}</Outward> · version {line.article.version}
    </p>
  );
}

function speakerOf(line: Line, ticket: TicketRow): string {
  switch (line.from) {
    case "customer":
      return customerOf(ticket);
    case "bot":
      return "Bot";
    case "agent":
      return line.agent?.id === me.value?.id ? "You" : (line.agent?.name ?? "Agent");
    case "system":
      return "System";
  }
}
