/** The way between the pages, and whether this agent is there. */

import type { IconNode } from "lucide";
import { CircleQuestionMark, CircleUser, Inbox as InboxIcon, Users } from "lucide";
import { account } from "../console.ts";
import { addressOf, caseAt, follow, type Route, route } from "../route.ts";
import { helpShown, isAdmin, mine, myState, owesReply } from "../store.ts";
import { stateOf } from "../words.ts";
import { Icon } from "./icon.tsx";
import { Mark } from "./mark.tsx";

export function Rail() {
  return (
    <nav class="rail" aria-label="Console">
      <span class="rail-mark">
        <Mark small />
      </span>
      <Place to={caseAt(null)} icon={InboxIcon} name="Inbox" dot={mine.value.some(owesReply)} />
      {isAdmin.value && <Place to={{ page: "agents" }} icon={Users} name="Agents" />}
      <Place to={{ page: "account" }} icon={CircleUser} name="Account" />
      <span class="rail-gap" />
      <button type="button" class="rail-item rail-help" onClick={() => (helpShown.value = true)}>
        <Icon of={CircleQuestionMark} size={20} />
        <span>Keys</span>
      </button>
      <PresenceSwitch />
    </nav>
  );
}

function Place({ to, icon, name, dot = false }: { to: Route; icon: IconNode; name: string; dot?: boolean }) {
  const here = route.value.page === to.page;
  return (
    <a class="rail-item" href={addressOf(to)} onClick={follow(to)} aria-current={here ? "page" : undefined}>
      <span class="rail-icon">
        <Icon of={icon} size={20} />
        {dot && <span class="dot" />}
      </span>
      <span>{name}</span>
      {dot && <span class="hidden">: a customer waits for your reply</span>}
    </a>
  );
}

/** Online takes new cases, away does not; said in words beside the colour. */
function PresenceSwitch() {
  const online = myState.value === "online";
  return (
    <button
      type="button"
      role="switch"
      class="rail-item presence"
      aria-checked={online}
      aria-label={`Online: ${stateOf(myState.value)}`}
      title={online ? "You are online. Click to go away." : "Click to come online."}
      onClick={() => void account.setPresence(online ? "away" : "online")}
    >
      <span class="presence-light" data-state={myState.value} />
      <span aria-hidden="true">{stateOf(myState.value)}</span>
    </button>
  );
}
