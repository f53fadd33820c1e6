/** A labelled field of a form, with its hint and its error where screen readers find them. */

import { useId } from "preact/hooks";
import type { InputHTMLAttributes } from "preact";

type Input = Omit<InputHTMLAttributes<HTMLInputElement>, "onInput" | "value">;

interface Props extends Input {
  readonly label: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly hint?: string;
  readonly error?: string | null;
}

export function Field({ label, value, onValue, hint, error = null, ...input }: Props) {
  const id = useId();
  const told = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        id={id}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
        aria-invalid={error !== null}
        aria-describedby={told ? `${id}-told` : undefined}
      />
      {told && (
        <p id={`${id}-told`} class={error ? "field-error" : "field-hint"}>
          {told}
        </p>
      )}
    </div>
  );
}
