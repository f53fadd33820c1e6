/** Adding an agent, and changing one. */

import { type Signal, useSignal } from "@preact/signals";
import { people } from "../console.ts";
import type { Agent, AgentChange, Role } from "../protocol.ts";
import { me } from "../store.ts";
import { say } from "../toasts.ts";
import { problemOf } from "../words.ts";
import { Dialog } from "./dialog.tsx";
import { Field } from "./field.tsx";
import { type Sending, useSending } from "./form.ts";

const SHORTEST = 12;

export function AddAgent({ close }: { close: () => void }) {
  const name = useSignal("");
  const password = useSignal("");
  const sheet = useSheet({ display_name: "", role: "agent", languages: [], capacity: 5 });
  const sending = useSending();
  const add = sending.submit(async () => {
    await people.add({ name: name.value.trim(), password: password.value, ...valuesOf(sheet) });
    say(`${sheet.shown.value} can sign in now`);
    close();
  });
  return (
    <Dialog title="Add agent" close={close}>
      <form class="form" onSubmit={add}>
        <Field
          label="Sign-in name"
          value={name.value}
          onValue={(text) => (name.value = text)}
          pattern="[A-Za-z0-9._@+\-]{1,64}"
          title="Letters, digits and . _ @ + -"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
        <SheetFields sheet={sheet} />
        <Field
          label="First password"
          type="password"
          value={password.value}
          onValue={(text) => (password.value = text)}
          hint={`At least ${SHORTEST} characters; the agent can change it`}
          minLength={SHORTEST}
          autocomplete="new-password"
          required
        />
        <Buttons sending={sending} close={close} name="Add agent" />
      </form>
    </Dialog>
  );
}

export function ChangeAgent({ agent, close }: { agent: Agent; close: () => void }) {
  const password = useSignal("");
  const sheet = useSheet(agent);
  const sending = useSending();
  const change = (what: () => AgentChange, told: string) => async () => {
    await people.change(agent.id, what());
    say(told);
    close();
  };
  const save = () => ({ ...valuesOf(sheet), ...(password.value ? { password: password.value } : {}) });
  return (
    <Dialog title={`Change ${agent.display_name}`} close={close}>
      <form class="form" onSubmit={sending.submit(change(save, `${agent.display_name} is changed`))}>
        <input
          type="text"
          class="hidden"
          autocomplete="username"
          value={agent.name}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <SheetFields sheet={sheet} />
        <Field
          label="New password"
          type="password"
          value={password.value}
          onValue={(text) => (password.value = text)}
          hint="Leave empty to keep the present one"
          minLength={SHORTEST}
          autocomplete="new-password"
        />
        <Access agent={agent} run={(what, told) => (event) => sending.submit(change(() => what, told))(event)} />
        <Buttons sending={sending} close={close} name="Save" />
      </form>
    </Dialog>
  );
}

/** What takes effect at once: the one-time code, and whether the account may sign in. */
function Access({ agent, run }: { agent: Agent; run: (what: AgentChange, told: string) => (event: Event) => void }) {
  const own = agent.id === me.value?.id;
  return (
    <div class="access">
      {agent.totp_enrolled && (
        <button
          type="button"
          class="button"
          onClick={run({ reset_totp: true }, `The one-time code of ${agent.display_name} is reset`)}
        >
          Reset one-time code
        </button>
      )}
      {!own && (
        <button
          type="button"
          class={agent.active ? "button button-danger" : "button"}
          onClick={run(
            { active: !agent.active },
            `${agent.display_name} is ${agent.active ? "deactivated" : "active again"}`,
          )}
        >
          {agent.active ? "Deactivate" : "Activate again"}
        </button>
      )}
    </div>
  );
}

interface Sheet {
  readonly shown: Signal<string>;
  readonly role: Signal<Role>;
  readonly languages: Signal<string>;
  readonly capacity: Signal<string>;
}

function useSheet(from: Pick<Agent, "display_name" | "role" | "languages" | "capacity">): Sheet {
  return {
    shown: useSignal(from.display_name),
    role: useSignal(from.role),
    languages: useSignal(from.languages.join(", ")),
    capacity: useSignal(String(from.capacity)),
  };
}

function valuesOf(sheet: Sheet) {
  return {
    display_name: sheet.shown.value.trim(),
    role: sheet.role.value,
    languages: sheet.languages.value.split(/[\s,，、;]+/).filter(Boolean),
    capacity: Number(sheet.capacity.value),
  };
}

function SheetFields({ sheet }: { sheet: Sheet }) {
  return (
    <>
      <Field
        label="Name that customers see"
        value={sheet.shown.value}
        onValue={(text) => (sheet.shown.value = text)}
        maxLength={80}
        autocomplete="off"
        required
      />
      <div class="field-pair">
        <label class="field">
          Role
          <select value={sheet.role.value} onChange={(event) => (sheet.role.value = event.currentTarget.value as Role)}>
            <option value="agent">Agent</option>
            <option value="admin">Admin</option>
          </select>
        </label>
        <Field
          label="Cases at once"
          type="number"
          min={0}
          max={100}
          autocomplete="off"
          value={sheet.capacity.value}
          onValue={(text) => (sheet.capacity.value = text)}
          required
        />
      </div>
      <Field
        label="Languages"
        value={sheet.languages.value}
        onValue={(text) => (sheet.languages.value = text)}
        hint="Codes such as en, zh, ja. Empty: every language."
        placeholder="en, zh"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
    </>
  );
}

function Buttons({ sending, close, name }: { sending: Sending; close: () => void; name: string }) {
  const refused = sending.refused.value;
  return (
    <>
      {refused && (
        <p class="field-error" role="alert">
          {problemOf(refused)}
        </p>
      )}
      <div class="form-foot">
        <button type="button" class="button button-plain" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="button button-primary" aria-disabled={sending.busy.value}>
          {sending.busy.value ? "One moment…" : name}
        </button>
      </div>
    </>
  );
}
