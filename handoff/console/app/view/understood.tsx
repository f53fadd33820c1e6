/** What the bot made of a customer's message, in one quiet line. */

import { languageWord, percent, shortened } from "../format.ts";
import type { Understood } from "../protocol.ts";
import { intentOf } from "../words.ts";

export function UnderstoodLine({ understood }: { understood: Understood | null }) {
  if (!understood) return null;
  const values = understood.entities.map((one) => shortened(one.value));
  const said = [meaning(understood), languageWord(understood.language), ...values].filter(Boolean);
  return (
    <p class="understood">
      <span class="hidden">The bot understood: </span>
      {said.join(" · ")}
    </p>
  );
}

/** The best guess with its probability; in doubt also the second. */
function meaning({ certainty, ranking }: Understood): string {
  const [best, second] = ranking;
  if (!best) return "not understood";
  const first = `${intentOf(best.intent)} ${percent(best.confidence)}`;
  if (certainty === "sure") return first;
  if (certainty === "unknown") return `not understood (nearest: ${first})`;
  return second ? `unsure: ${first} or ${intentOf(second.intent)} ${percent(second.confidence)}` : `unsure: ${first}`;
}
