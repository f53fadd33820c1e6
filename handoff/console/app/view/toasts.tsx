/** Short messages, read out as they come. */

import { X } from "lucide";
import { dismiss, type Toast, toasts } from "../toasts.ts";
import { Icon } from "./icon.tsx";

export function Toasts() {
  const of = (tone: Toast["tone"]) => toasts.value.filter((one) => one.tone === tone);
  return (
    <div class="toasts">
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
