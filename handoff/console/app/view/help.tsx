/** What the keys do. */

import { KEYS } from "../keys.ts";
import { shortcuts } from "../settings.ts";
import { helpShown } from "../store.ts";
import { Dialog } from "./dialog.tsx";

export function Help() {
  if (!helpShown.value) return null;
  return (
    <Dialog title="Keyboard" close={() => (helpShown.value = false)}>
      <dl class="keys">
        {KEYS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Ctrl</kbd> or <kbd>⌘</kbd> <kbd>Enter</kbd>
          </dt>
          <dd>Send</dd>
        </div>
      </dl>
      {!shortcuts.value && <p class="muted">Single keys are turned off in your account.</p>}
    </Dialog>
  );
}
