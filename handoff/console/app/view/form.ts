/** Sending a form: busy while it is sent, and what was refused. */

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { asRefused, type Refused } from "../api.ts";

export interface Sending {
  readonly busy: ReadonlySignal<boolean>;
  readonly refused: ReadonlySignal<Refused | null>;
  /** For a form's submit: runs `act` unless one runs already. */
  submit(act: () => Promise<void>): (event: Event) => void;
}

export function useSending(): Sending {
  const busy = useSignal(false);
  const refused = useSignal<Refused | null>(null);
  const run = async (act: () => Promise<void>) => {
    busy.value = true;
    refused.value = null;
    try {
      await act();
    } catch (error) {
      refused.value = asRefused(error);
    } finally {
      busy.value = false;
    }
  };
  const submit = (act: () => Promise<void>) => (event: Event) => {
    event.preventDefault();
    if (!busy.value) void run(act);
  };
  return { busy, refused, submit };
}
