/** The list, the conversation and what is known about the customer, side by side. */

import { MessageSquareText } from "lucide";
import { openNumber } from "../route.ts";
import { Conversation } from "./conversation.tsx";
import { Details } from "./details.tsx";
import { Empty } from "./states.tsx";
import { TicketList } from "./list.tsx";

export function Inbox() {
  const number = openNumber();
  return (
    <>
      <TicketList />
      {number === null ? (
        <main class="conversation conversation-none">
          <Empty icon={MessageSquareText} title="No case is open">
            Choose one from the list, or press <kbd>J</kbd> for the first.
          </Empty>
        </main>
      ) : (
        <>
          <Conversation key={number} number={number} />
          <Details />
        </>
      )}
    </>
  );
}
