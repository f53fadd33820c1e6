/** Signing in: name and password, then the one-time code if the account has one. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Refused } from "../api.ts";
import { account } from "../console.ts";
import { duration } from "../format.ts";
import { problemOf } from "../words.ts";
import { Field } from "./field.tsx";
import { useSending } from "./form.ts";
import { Mark } from "./mark.tsx";

export function Login({ because }: { because: string | null }) {
  const name = useSignal("");
  const password = useSignal("");
  const code = useSignal<string | null>(null);
  const wait = useSignal(0);
  const { busy, refused, submit } = useSending();
  const enter = submit(async () => {
    if (wait.value > 0) return;
    await account.enter(name.value.trim(), password.value, code.value?.replace(/\s/g, "") ?? null);
  });
  useEffect(() => {
    const said = refused.value;
    if (said?.code === "totp_needed") code.value = "";
    else if (said && code.value !== null && said.code === "wrong_login") code.value = "";
    if (said?.code === "rate_limited") wait.value = said.retryAfter ?? 30;
  }, [refused.value]);
  useCountdown(wait);
  const back = () => {
    code.value = null;
    password.value = "";
  };
  return (
    <main class="gate">
      <form class="gate-card" onSubmit={enter} aria-labelledby="gate-title">
        <Mark />
        <h1 id="gate-title">{code.value === null ? "Sign in to the desk" : "Enter your one-time code"}</h1>
        {code.value === null ? (
          <>
            <Field
              label="Name"
              value={name.value}
              onValue={(text) => (name.value = text)}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              required
              autoFocus
            />
            <Field
              label="Password"
              type="password"
              value={password.value}
              onValue={(text) => (password.value = text)}
              autocomplete="current-password"
              required
            />
          </>
        ) : (
          <CodeField value={code.value} onValue={(text) => (code.value = text)} />
        )}
        <p class="gate-said" role="alert">
          {sayingOf(refused.value, wait.value) ?? because ?? ""}
        </p>
        <button type="submit" class="button button-primary" aria-disabled={busy.value || wait.value > 0}>
          {busy.value ? "Signing in…" : "Sign in"}
        </button>
        {code.value !== null && (
          <button type="button" class="button button-plain" onClick={back}>
            Use another account
          </button>
        )}
      </form>
    </main>
  );
}

/** Six digits from the authenticator app; takes the cursor when it appears. */
export function CodeField({
  value,
  onValue,
  error = null,
}: {
  value: string;
  onValue: (text: string) => void;
  error?: string | null;
}) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.querySelector("input")?.focus(), []);
  return (
    <div ref={place}>
      <Field
        label="Code"
        hint="Six digits from your authenticator app"
        error={error}
        value={value}
        onValue={onValue}
        inputMode="numeric"
        autocomplete="one-time-code"
        pattern="[0-9 ]{6,7}"
        maxLength={7}
        required
      />
    </div>
  );
}

function sayingOf(refused: Refused | null, wait: number): string | null {
  if (wait > 0) return `Too many attempts. Try again in ${wait < 90 ? `${wait} s` : duration(wait)}.`;
  if (!refused || refused.code === "totp_needed" || refused.code === "rate_limited") return null;
  return problemOf(refused);
}

function useCountdown(wait: { value: number }): void {
  const running = wait.value > 0;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => {
      wait.value -= 1;
    }, 1_000);
    return () => clearInterval(timer);
  }, [running]);
}
