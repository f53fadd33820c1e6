/** A value that is copied by one click; a long one is shown without its middle. */

import { useSignal } from "@preact/signals";
import { Check, Copy as CopyIcon } from "lucide";
import { shortened } from "../format.ts";
import { Icon } from "./icon.tsx";

const SHOWN_MS = 1_600;
/** A number, a hash, an address; not a sentence. */
const CODE = /^[!-~]+$/;

export function Copied({ name, value, whole = false }: { name: string; value: string; whole?: boolean }) {
  const done = useSignal(false);
  const copy = async () => {
    await write(value);
    done.value = true;
    setTimeout(() => {
      done.value = false;
    }, SHOWN_MS);
  };
  return (
    <button type="button" class="copied" title={value} aria-label={`Copy ${name} ${value}`} onClick={() => void copy()}>
      <bdi class={CODE.test(value) ? (whole ? "copied-code copied-whole" : "copied-code") : "copied-words"}>
        {whole ? value : shortened(value)}
      </bdi>
      <Icon of={done.value ? Check : CopyIcon} size={14} />
      <span class="hidden" role="status">
        {done.value ? "Copied" : ""}
      </span>
    </button>
  );
}

/** Without https the browser has no clipboard for pages; a selection can still be copied. */
async function write(value: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(value);
  const field = document.createElement("textarea");
  field.value = value;
  field.className = "hidden";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
