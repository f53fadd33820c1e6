/** The agents' accounts, for admins. */

import { useSignal } from "@preact/signals";
import { Pencil, UserPlus, Users } from "lucide";
import { useEffect } from "preact/hooks";
import { people as acts } from "../console.ts";
import { count, langOf, languageWord } from "../format.ts";
import { people } from "../people.ts";
import type { Agent } from "../protocol.ts";
import { colleagues, me } from "../store.ts";
import { stateOf } from "../words.ts";
import { AddAgent, ChangeAgent } from "./agent_form.tsx";
import { Icon } from "./icon.tsx";
import { Empty, Failed, Skeleton } from "./states.tsx";

export function AgentsPage() {
  const adding = useSignal(false);
  const changing = useSignal<Agent | null>(null);
  useEffect(() => void acts.load(), []);
  return (
    <main class="page page-wide">
      <header class="page-head">
        <div>
          <h1>Agents</h1>
          <p class="muted">Who can sign in, what they speak, and how many cases each can hold.</p>
        </div>
        <button type="button" class="button button-primary" onClick={() => (adding.value = true)}>
          <Icon of={UserPlus} /> Add agent
        </button>
      </header>
      <AgentTable change={(agent) => (changing.value = agent)} />
      {adding.value && <AddAgent close={() => (adding.value = false)} />}
      {changing.value && <ChangeAgent agent={changing.value} close={() => (changing.value = null)} />}
    </main>
  );
}

function AgentTable({ change }: { change: (agent: Agent) => void }) {
  const found = people.value;
  if (found.at === "loading") return <Skeleton shape="card" count={4} label="Loading agents" />;
  if (found.at === "failed") return <Failed refused={found.refused} again={() => void acts.load()} />;
  if (found.value.length === 0) return <Empty icon={Users} title="No agents yet" />;
  return (
    <table class="agents">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Role</th>
          <th scope="col">Languages</th>
          <th scope="col">State</th>
          <th scope="col">Cases</th>
          <th scope="col">One-time code</th>
          <th scope="col">
            <span class="hidden">Change</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {found.value.map((agent) => (
          <AgentRow key={agent.id} agent={agent} change={change} />
        ))}
      </tbody>
    </table>
  );
}

function AgentRow({ agent, change }: { agent: Agent; change: (agent: Agent) => void }) {
  const now = colleagues.value.find((one) => one.id === agent.id) ?? agent;
  return (
    <tr data-active={agent.active}>
      <th scope="row">
        <bdi lang={langOf(agent.display_name, agent.languages[0] ?? "en")}>{agent.display_name}</bdi>
        {agent.id === me.value?.id && <span class="tag">you</span>}
        <span class="muted agent-name">{agent.name}</span>
      </th>
      <td data-label="Role">{agent.role === "admin" ? "Admin" : "Agent"}</td>
      <td data-label="Languages">{agent.languages.length ? agent.languages.map(languageWord).join(", ") : "Every"}</td>
      <td data-label="State">
        {agent.active ? (
          <span class="state">
            <span class="presence-light" data-state={now.state} /> {stateOf(now.state)}
          </span>
        ) : (
          "Deactivated"
        )}
      </td>
      <td data-label="Cases" class="figures">
        {count(now.held)} of {count(agent.capacity)}
      </td>
      <td data-label="One-time code">{agent.totp_enrolled ? "On" : "Off"}</td>
      <td class="agent-act">
        <button
          type="button"
          class="button button-quiet"
          aria-label={`Change ${agent.display_name}`}
          onClick={() => change(agent)}
        >
          <Icon of={Pencil} /> Change
        </button>
      </td>
    </tr>
  );
}
