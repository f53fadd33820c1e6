/** Setting up the one-time code: scan, then show that it works. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { asRefused, type Refused } from "../api.ts";
import { account } from "../console.ts";
import type { TotpSetup } from "../protocol.ts";
import type { Loaded } from "../store.ts";
import { problemOf } from "../words.ts";
import { Copied } from "./copy.tsx";
import { useSending } from "./form.ts";
import { CodeField } from "./login.tsx";
import { Mark } from "./mark.tsx";
import { Qr } from "./qr.tsx";
import { Failed, Skeleton } from "./states.tsx";

/** The whole page, for one who must do this before anything else. */
export function MustEnroll() {
  return (
    <main class="gate">
      <section class="gate-card" aria-labelledby="gate-title">
        <Mark />
        <h1 id="gate-title">Protect your account</h1>
        <p class="muted">Admins sign in with a one-time code. Set it up now; it takes a minute.</p>
        <Enroll />
        <button type="button" class="button button-plain" onClick={() => void account.leave()}>
          Sign out
        </button>
      </section>
    </main>
  );
}

export function Enroll({ done = () => undefined }: { done?: () => void }) {
  const setup = useSignal<Loaded<TotpSetup>>({ at: "loading" });
  const begin = async () => {
    setup.value = { at: "loading" };
    try {
      setup.value = { at: "ready", value: await account.startTotp() };
    } catch (error) {
      setup.value = { at: "failed", refused: asRefused(error) };
    }
  };
  useEffect(() => void begin(), []);
  if (setup.value.at === "loading") return <Skeleton shape="card" count={1} label="Making your code" />;
  if (setup.value.at === "failed") return <Failed refused={setup.value.refused} again={() => void begin()} />;
  return <Confirm setup={setup.value.value} done={done} />;
}

function Confirm({ setup, done }: { setup: TotpSetup; done: () => void }) {
  const code = useSignal("");
  const { busy, refused, submit } = useSending();
  const confirm = submit(async () => {
    await account.confirmTotp(code.value.replace(/\s/g, ""));
    done();
  });
  return (
    <form class="enroll" onSubmit={confirm}>
      <ol class="steps">
        <li>
          Scan this with your authenticator app, or type the secret in.
          <div class="enroll-code">
            <Qr svg={setup.qr_svg} />
            <Copied name="the secret" value={setup.secret} whole />
          </div>
        </li>
        <li>
          Enter the code that the app shows.
          <CodeField value={code.value} onValue={(text) => (code.value = text)} error={errorOf(refused.value)} />
        </li>
      </ol>
      <button type="submit" class="button button-primary" aria-disabled={busy.value}>
        {busy.value ? "Checking…" : "Turn on"}
      </button>
    </form>
  );
}

function errorOf(refused: Refused | null): string | null {
  if (!refused) return null;
  return refused.code === "bad_request" ? "This code does not fit. Is your phone's clock right?" : problemOf(refused);
}
