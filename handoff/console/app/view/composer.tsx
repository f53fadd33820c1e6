/** Writing to the customer, or a note to colleagues. */

import { useSignal } from "@preact/signals";
import { Send, TriangleAlert } from "lucide";
import { useLayoutEffect, useRef } from "preact/hooks";
import { COMPOSER_ID, composing } from "../composing.ts";
import { desk, outbox } from "../console.ts";
import { draftOf, keepDraft, type Kind } from "../drafts.ts";
import { langOf, languageName } from "../format.ts";
import type { TicketRow } from "../protocol.ts";
import { type Risk, risksOf, warningOf } from "../risk.ts";
import { customerOf } from "../words.ts";
import { Icon } from "./icon.tsx";

const LONGEST = 4000;

export function Composer({ ticket }: { ticket: TicketRow }) {
  const kind = composing.value;
  const text = draftOf(ticket.number, kind);
  const risks = kind === "reply" ? risksOf(text, ownHosts()) : [];
  /** The text whose warning was read; another text warns again. */
  const accepted = useSignal("");
  const warned = risks.length > 0 && accepted.value !== text;
  const send = () => {
    if (!text.trim()) return;
    if (warned) return void (accepted.value = text);
    outbox.submit(ticket.number, kind, text.trim());
    keepDraft(ticket.number, kind, "");
    document.getElementById(COMPOSER_ID)?.focus();
  };
  return (
    <form
      class="composer"
      data-kind={kind}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Kinds />
      <Writing ticket={ticket} kind={kind} text={text} send={send} />
      <Warnings risks={risks} />
      <div class="composer-foot">
        <p class="composer-language">
          {kind === "reply" ? `${customerOf(ticket)} reads ${languageName(ticket.language)}` : "Only agents see notes"}
        </p>
        <button type="submit" class="button button-primary" aria-disabled={!text.trim()}>
          <Icon of={Send} /> {labelOf(kind, risks.length > 0, warned)}
          <kbd aria-hidden="true">{isApple ? "⌘ Enter" : "Ctrl Enter"}</kbd>
        </button>
      </div>
    </form>
  );
}

const isApple = /Mac|iPhone|iPad/.test(navigator.userAgent);

function labelOf(kind: Kind, risky: boolean, warned: boolean): string {
  if (kind === "note") return "Add note";
  if (!risky) return "Send";
  return warned ? "Check and send" : "Send anyway";
}

function Kinds() {
  return (
    <div class="kinds" role="group" aria-label="What to write">
      {(["reply", "note"] as const).map((one) => (
        <button
          key={one}
          type="button"
          class="kind"
          aria-pressed={composing.value === one}
          onClick={() => {
            composing.value = one;
            document.getElementById(COMPOSER_ID)?.focus();
          }}
        >
          {one === "reply" ? "Reply" : "Private note"}
        </button>
      ))}
    </div>
  );
}

interface WritingProps {
  readonly ticket: TicketRow;
  readonly kind: Kind;
  readonly text: string;
  readonly send: () => void;
}

/** Enter makes a new line; Ctrl or ⌘ with Enter sends, but never in the middle of an input method's word. */
function Writing({ ticket, kind, text, send }: WritingProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => grow(field.current), [text, kind]);
  return (
    <textarea
      id={COMPOSER_ID}
      ref={field}
      rows={3}
      maxLength={LONGEST}
      dir="auto"
      lang={langOf(text, ticket.language)}
      value={text}
      placeholder={kind === "reply" ? "Write a reply…" : "Write a note for your colleagues…"}
      aria-label={kind === "reply" ? "Reply to the customer" : "Private note"}
      onInput={(event) => {
        keepDraft(ticket.number, kind, event.currentTarget.value);
        if (kind === "reply") desk.typing(ticket.number);
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || event.isComposing || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        send();
      }}
    />
  );
}

function Warnings({ risks }: { risks: readonly Risk[] }) {
  return (
    <div role="status">
      {risks.map((risk) => (
        <p key={warningOf(risk)} class="warning">
          <Icon of={TriangleAlert} /> {warningOf(risk)}
        </p>
      ))}
    </div>
  );
}

/** This site and its parent domain: help.exchange.com and www.exchange.com belong to support.exchange.com. */
function ownHosts(): readonly string[] {
  const parts = location.hostname.split(".");
  const parent = parts.length > 2 && !/^[\d.]+$/.test(location.hostname) ? [parts.slice(1).join(".")] : [];
  return [location.hostname, ...parent];
}

/** As high as its text, within what the stylesheet allows. */
function grow(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.rows = 3;
  const line = Number.parseFloat(getComputedStyle(field).lineHeight) || 22;
  const more = Math.ceil((field.scrollHeight - field.clientHeight) / line);
  if (more > 0) field.rows = Math.min(10, 3 + more);
}
