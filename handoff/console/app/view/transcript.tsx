/** Everything that was said, oldest first, with what is still on its way at the end. */

import { useSignal } from "@preact/signals";
import { ArrowDown, MessagesSquare } from "lucide";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { now } from "../clock.ts";
import { dayOf } from "../format.ts";
import { pending } from "../outbox.ts";
import type { Line, TicketFile } from "../protocol.ts";
import { isWriting } from "../store.ts";
import { customerOf } from "../words.ts";
import { Icon } from "./icon.tsx";
import { LineItem } from "./line.tsx";
import { PendingItem } from "./pending.tsx";
import { Empty } from "./states.tsx";

/** Closer than this to the end, the reader wants to see what comes. */
const NEAR_PX = 80;
const TOGETHER_MS = 5 * 60_000;

export function Transcript({ file }: { file: TicketFile }) {
  const { ticket, lines } = file;
  const mine = pending.value.filter((one) => one.number === ticket.number);
  const newest = lines.at(-1)?.id ?? 0;
  const { box, below, toEnd } = useEnd(newest, mine.length);
  return (
    <div class="transcript-place">
      <div class="transcript" ref={box} tabIndex={0} role="log" aria-label="Conversation">
        {lines.length === 0 && <Empty icon={MessagesSquare} title="Nothing was said yet" />}
        {lines.map((line, place) => (
          <Dated key={line.id} line={line} before={lines[place - 1]}>
            <LineItem line={line} ticket={ticket} joined={joined(lines[place - 1], line)} />
          </Dated>
        ))}
        {mine.map((one) => (
          <PendingItem key={one.id} one={one} ticket={ticket} />
        ))}
        <p class="writing" aria-live="polite">
          {isWriting(ticket.number) && <bdi>{customerOf(ticket)} is writing…</bdi>}
        </p>
      </div>
      {below.value && (
        <button type="button" class="button to-end" onClick={toEnd}>
          <Icon of={ArrowDown} /> New messages
        </button>
      )}
    </div>
  );
}

function Dated({
  line,
  before,
  children,
}: {
  line: Line;
  before: Line | undefined;
  children: preact.ComponentChildren;
}) {
  const day = dayOf(line.at, now.value);
  const turns = !before || dayOf(before.at, now.value) !== day;
  return (
    <>
      {turns && (
        <p class="day">
          <span>{day}</span>
        </p>
      )}
      {children}
    </>
  );
}

/** Whether a line goes on where the one before ended. */
function joined(before: Line | undefined, line: Line): boolean {
  if (!before || before.from !== line.from || before.private !== line.private) return false;
  if (before.agent?.id !== line.agent?.id) return false;
  return (
    Date.parse(line.at) - Date.parse(before.at) < TOGETHER_MS &&
    dayOf(before.at, now.value) === dayOf(line.at, now.value)
  );
}

/** Stays at the end while the reader is there; else says that more has come. */
function useEnd(newest: number, waiting: number) {
  const box = useRef<HTMLDivElement>(null);
  const below = useSignal(false);
  const near = useRef(true);
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });
  useEffect(() => {
    const place = box.current;
    const look = () => {
      if (!place) return;
      near.current = place.scrollHeight - place.scrollTop - place.clientHeight < NEAR_PX;
      if (near.current) below.value = false;
    };
    place?.addEventListener("scroll", look, { passive: true });
    const shape = new ResizeObserver(() => near.current && toEnd());
    if (place) shape.observe(place);
    return () => {
      place?.removeEventListener("scroll", look);
      shape.disconnect();
    };
  }, []);
  useLayoutEffect(() => {
    if (near.current) toEnd();
    else below.value = true;
  }, [newest]);
  useLayoutEffect(() => void (waiting > 0 && toEnd()), [waiting]);
  return { box, below, toEnd };
}
