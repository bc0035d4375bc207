/** More words than these are not looked for. */
const MAXIMUM_WORDS = 16;
/** A shorter beginning would begin too many words. */
const SHORTEST_BEGINNING = 3;

/** How the last word of a search is taken: `either` finds what `beginning` finds, and ranks the word itself higher. */
export type LastWord = 'whole' | 'beginning' | 'either';

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

/** Whether more may be found for the beginning of a word than for the word. */
export function endsWithBeginning(words: readonly string[]): boolean {
  return isBeginning(words.at(-1));
}

/**
 * SQL for a tsquery of all the words, each as it is or with the same stem in English or German. Words that are in every
 * text count only where there are no others.
 *
 * @param parameter makes a placeholder of a value
 */
export function tsquerySql(
  words: readonly string[],
  parameter: (value: string) => string,
  last: LastWord = 'beginning',
): string {
  const terms = words.map((word, position) => {
    const placeholder = parameter(word);
    const whole = `plainto_tsquery('simple', ${placeholder})`;
    const isOpen = last !== 'whole' && position === words.length - 1 && isBeginning(word);
    const asItIs = isOpen ? `to_tsquery('simple', ${parameter(`${word}:*`)})` : whole;
    const stems = LANGUAGES.map((language) => `plainto_tsquery('${language}', ${placeholder})`);
    // A beginning finds the word itself as well; to look for it once more would cost as much again.
    const others =
      isOpen && last === 'beginning'
        ? stems.map((stem) => `coalesce(nullif(${stem}, ${whole}), ''::tsquery)`)
        : stems;
    return {
      any: `(${[asItIs, ...others].join(' || ')})`,
      isCommon: stems.map((stem) => `numnode(${stem}) = 0`).join(' OR '),
    };
  });
  const all = terms.map(({ any }) => any).join(' && ');
  const telling = terms.map(({ any, isCommon }) => {
    return `CASE WHEN ${isCommon} THEN ''::tsquery ELSE ${any} END`;
  });
  return `(CASE WHEN numnode(${telling.join(' && ')}) = 0 THEN ${all} ELSE ${telling.join(' && ')} END)`;
}

function isBeginning(word = ''): boolean {
  return word.length >= SHORTEST_BEGINNING;
}
