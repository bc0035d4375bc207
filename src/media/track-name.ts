import { languageName } from './language-tag.js';

interface NamedTrack {
  language?: string | undefined;
  title?: string | undefined;
}

/**
 * What menus call a track: its title, its language, or `otherwise`; with a number where that is taken.
 * @param taken gets the name as well
 */
export function trackName(
  { title, language }: NamedTrack,
  otherwise: string,
  taken: Set<string>,
): string {
  const base = title?.trim() || (language ? languageName(language) : otherwise);
  let name = base;
  for (let copy = 2; taken.has(name); copy += 1) name = `${base} (${copy})`;
  taken.add(name);
  return name;
}
