/** Short messages, read out as they come. */

import { WifiOff, X } from "lucide";
import { openNumber } from "../route.ts";
import { link } from "../store.ts";
import { dismiss, type Toast, toasts } from "../toasts.ts";
import { Icon } from "./icon.tsx";

export function Toasts() {
  const shown = toasts.value.filter((one) => one.number === null || one.number !== openNumber());
  const of = (tone: Toast["tone"]) => shown.filter((one) => one.tone === tone);
  return (
    <div class="toasts">
      <div role="status">
        {link.value === "lost" && (
          <p class="toast offline">
            <Icon of={WifiOff} /> Connection lost. What you see may be out of date; trying again…
          </p>
        )}
      </div>
      <div role="alert">
        {of("danger").map((one) => (
          <Item key={one.id} toast={one} />
        ))}
      </div>
      <div role="status">
        {of("plain").map((one) => (
          <Item key={one.id} toast={one} />
        ))}
      </div>
    </div>
  );
}

function Item({ toast }: { toast: Toast }) {
  return (
    <div class="toast" data-tone={toast.tone}>
      <span>{toast.text}</span>
      {toast.undo ? (
        <button type="button" class="link" onClick={toast.undo}>
          Undo <kbd aria-hidden="true">Z</kbd>
        </button>
      ) : (
        <button type="button" class="icon-button" onClick={() => dismiss(toast.id)}>
          <Icon of={X} />
          <span class="hidden">Dismiss</span>
        </button>
      )}
    </div>
  );
}
