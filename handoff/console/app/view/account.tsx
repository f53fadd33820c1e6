/** One's own account. */

import { useSignal } from "@preact/signals";
import { LogOut, ShieldCheck } from "lucide";
import { account } from "../console.ts";
import { languageWord } from "../format.ts";
import { setShortcuts, shortcuts } from "../settings.ts";
import { me, signIn } from "../store.ts";
import { say } from "../toasts.ts";
import { problemOf } from "../words.ts";
import { Enroll } from "./enroll.tsx";
import { Field } from "./field.tsx";
import { useSending } from "./form.ts";
import { Icon } from "./icon.tsx";

const SHORTEST = 12;

export function AccountPage() {
  const agent = me.value;
  if (!agent) return null;
  const languages = agent.languages.length ? agent.languages.map(languageWord).join(", ") : "every language";
  return (
    <main class="page">
      <header class="page-head">
        <div>
          <h1>Account</h1>
          <p class="muted">
            <bdi>{agent.display_name}</bdi> ({agent.name}) · {agent.role} · {languages} · up to {agent.capacity} cases
          </p>
        </div>
        <button type="button" class="button" onClick={() => void account.leave()}>
          <Icon of={LogOut} /> Sign out
        </button>
      </header>
      <OneTimeCode />
      <Password />
      <Keys />
    </main>
  );
}

function OneTimeCode() {
  const open = useSignal(false);
  const enrolled = signIn.value.at === "in" && signIn.value.session.totp_enrolled;
  const done = () => {
    open.value = false;
    say("Your one-time code is on");
  };
  return (
    <section class="card">
      <h2>One-time code</h2>
      {enrolled ? (
        <p class="good">
          <Icon of={ShieldCheck} /> On. If you lose your phone, an admin can reset it.
        </p>
      ) : open.value ? (
        <Enroll done={done} />
      ) : (
        <>
          <p class="muted">
            Asks for a code from your phone when you sign in, so that a stolen password is not enough.
          </p>
          <button type="button" class="button" onClick={() => (open.value = true)}>
            Set up
          </button>
        </>
      )}
    </section>
  );
}

function Password() {
  const old = useSignal("");
  const fresh = useSignal("");
  const { busy, refused, submit } = useSending();
  const change = submit(async () => {
    await account.changePassword(old.value, fresh.value);
    old.value = fresh.value = "";
    say("Your password is changed. Your other devices are signed out.");
  });
  const said = refused.value;
  return (
    <section class="card">
      <h2>Password</h2>
      <form class="form" onSubmit={change}>
        <input
          type="text"
          class="hidden"
          autocomplete="username"
          value={me.value?.name}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <Field
          label="Present password"
          type="password"
          value={old.value}
          onValue={(text) => (old.value = text)}
          autocomplete="current-password"
          error={said?.code === "wrong_login" ? "This is not your present password." : null}
          required
        />
        <Field
          label="New password"
          type="password"
          value={fresh.value}
          onValue={(text) => (fresh.value = text)}
          autocomplete="new-password"
          hint={`At least ${SHORTEST} characters`}
          minLength={SHORTEST}
          required
        />
        {said && said.code !== "wrong_login" && (
          <p class="field-error" role="alert">
            {problemOf(said)}
          </p>
        )}
        <button type="submit" class="button" aria-disabled={busy.value}>
          {busy.value ? "Changing…" : "Change password"}
        </button>
      </form>
    </section>
  );
}

function Keys() {
  return (
    <section class="card">
      <h2>Keyboard</h2>
      <label class="check">
        <input
          type="checkbox"
          checked={shortcuts.value}
          onChange={(event) => setShortcuts(event.currentTarget.checked)}
        />
        <span>
          Single keys act
          <span class="muted"> — turn this off if you dictate or use a switch device.</span>
        </span>
      </label>
    </section>
  );
}
