/** Chooses languages: the widget's own, and that of a piece of text. */

export const LANGUAGES = ["en", "zh", "ja", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The first language of the reader's list that the widget speaks; English when it speaks none. */
export function chooseLanguage(wanted: string, readers: readonly string[]): Language {
  const asked = wanted === "auto" || wanted === "" ? readers : [wanted];
  for (const tag of asked) {
    const primary = tag.toLowerCase().split(/[-_]/)[0];
    const known = LANGUAGES.find((language) => language === primary);
    if (known) return known;
  }
  return "en";
}

/**
 * The language whose glyphs a text needs, told by its script.
 * Han characters alone are Chinese, or Japanese where the reader's language is Japanese.
 */
export function languageOf(text: string, reader: Language): Language {
  if (/[\u3040-\u30ff\uff66-\uff9d]/.test(text)) return "ja";
  if (/[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]/.test(text)) return "ko";
  if (/\p{Script=Han}/u.test(text)) return reader === "ja" ? "ja" : "zh";
  return "en";
}
