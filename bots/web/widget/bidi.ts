/** Takes from text the invisible characters that make it look like another text. */

/** Direction overrides and isolates, marks, zero-width spaces and joiners that no script needs, other controls. */
const DECEPTIVE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/g;

/** The text without them. Joiners (U+200C, U+200D) stay: emoji, Persian and Hindi are written with them. */
export function plain(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(DECEPTIVE, "");
}
