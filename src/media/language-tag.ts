/** ISO 639-2 codes that name no language: undetermined, uncoded, several, none. */
const NO_LANGUAGE = new Set(['und', 'mis', 'mul', 'zxx']);

/**
 * ISO 639-2/B codes that CLDR's alias table, behind Intl.getCanonicalLocales, has no entry for or
 * reads as another language; the rest of B and all of T it canonicalises itself.
 */
const BIBLIOGRAPHIC: Readonly<Record<string, string>> = { per: 'fa', chi: 'zh', scc: 'sr' };

/**
 * The BCP 47 tag (RFC 5646) for the language a container gives, which is ISO 639-2/T, 639-2/B or
 * BCP 47 already: `eng` and `en` become `en`, `ger` and `deu` become `de`. Undefined when unknown.
 */
export function languageTag(containerLanguage: string | undefined): string | undefined {
  const given = containerLanguage?.trim().toLowerCase().replaceAll('_', '-');
  if (given === undefined || NO_LANGUAGE.has(given)) return undefined;
  try {
    return Intl.getCanonicalLocales(BIBLIOGRAPHIC[given] ?? given)[0];
  } catch {
    return undefined;
  }
}

/** English name of a BCP 47 language, for menus: `de` becomes `German`; the tag itself when unnamed. */
export function languageName(tag: string): string {
  return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag) ?? tag;
}
