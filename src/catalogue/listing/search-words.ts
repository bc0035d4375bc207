/** More words than these are not looked for. */
const MAXIMUM_WORDS = 16;
/** A shorter beginning would begin too many words. */
const SHORTEST_BEGINNING = 3;

const LANGUAGES = ['english', 'german'] as const;

/**
 * The words of a search, without accents and signs: nothing that PostgreSQL could take for an operator. The function
 * `plain_words` of the database does the same to titles.
 */
export function searchWords(search: string): string[] {
  const plain = search.normalize('NFKD').replaceAll(/[\u0300-\u036f]+/g, '');
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? [])
    .slice(0, MAXIMUM_WORDS)
    .map((word) => word.toLowerCase());
}

/**
 * SQL for a tsquery of all the words, each as it is or with the same stem in English or German. The last may be the
 * beginning of one. Words that are in every text count only where there are no others.
 *
 * @param parameter makes a placeholder of a value
 */
export function tsquerySql(words: readonly string[], parameter: (value: string) => string): string {
  const terms = words.map((word, position) => {
    const isLast = position === words.length - 1;
    const placeholder = parameter(word);
    const isBeginning = isLast && word.length >= SHORTEST_BEGINNING;
    const asItIs = isBeginning
      ? `to_tsquery('simple', ${parameter(`${word}:*`)})`
      : `plainto_tsquery('simple', ${placeholder})`;
    const stems = LANGUAGES.map((language) => `plainto_tsquery('${language}', ${placeholder})`);
    return {
      any: `(${[asItIs, ...stems].join(' || ')})`,
      isCommon: stems.map((stem) => `numnode(${stem}) = 0`).join(' OR '),
    };
  });
  const all = terms.map(({ any }) => any).join(' && ');
  const telling = terms.map(({ any, isCommon }) => {
    return `CASE WHEN ${isCommon} THEN ''::tsquery ELSE ${any} END`;
  });
  return `(CASE WHEN numnode(${telling.join(' && ')}) = 0 THEN ${all} ELSE ${telling.join(' && ')} END)`;
}
