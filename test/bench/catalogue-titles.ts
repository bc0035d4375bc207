import { faker } from '@faker-js/faker/locale/en';

/** A made-up video with what is counted beside it; the same for the same number. */
export interface Title {
  id: string;
  owner: number;
  title: string;
  description: string;
  language: string;
  tags: string[];
  genres: number[];
  visibility: string;
  status: string;
  durationSeconds: number;
  /** Seconds before now. */
  age: number;
  views: number;
  ratings: number;
  stars: number;
  trend: number;
}

export const OWNERS = 2000;
export const GENRES = 20;

const GERMAN = (
  'Haus Berge Wälder Straße Fluss Häuser Nacht Kinder Träume Meer Sommer Winter Stadt Lieder Freunde Garten ' +
  'Reise Heimat Brücken Himmel Sterne Licht Schatten Wege Zeiten Feuer Wasser Erde Stürme Küste Köln München'
).split(' ');

/** The first are the most common. */
export const WORDS = shuffled([
  ...faker.definitions.word.noun,
  ...faker.definitions.word.adjective,
  ...GERMAN,
]);
export const PLACES = shuffled(faker.definitions.location.city_name);
export const TAGS = WORDS.slice(100, 500);
export const LANGUAGES = ['en', 'de', 'fr', 'no', 'es', 'it', 'nl', 'pl', 'pt-BR', 'ga'];

/** Evenly spread numbers below 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of a list; the first are the more common the larger `skew`. */
export function pick<T>(list: readonly T[], random: () => number, skew = 1): T {
  const chosen = list[Math.floor(random() ** skew * list.length)];
  if (chosen === undefined) throw new Error('nothing to pick from');
  return chosen;
}

export function titleOf(number: number): Title {
  const random = randomNumbers(number * 7919 + 1);
  const word = () => pick(WORDS, random, 2);
  const capital = () => capitalised(word());
  const titles = [
    () => `The ${capital()} ${capital()}`,
    () => `${capital()} ${capital()} ${capital()}`,
    () => `${capital()} of ${pick(PLACES, random)}`,
    () => `${capital()} ${Math.floor(random() * 100_000)}`,
  ];
  const some = <T>(count: number, one: () => T) => [...new Set(Array.from({ length: count }, one))];
  const ratings = random() < 0.3 ? Math.floor(1 + random() * 200) : 0;
  return {
    id: uuid(random),
    owner: Math.floor(random() ** 2 * OWNERS),
    title: pick(titles, random)(),
    description: capitalised(
      `${Array.from({ length: 10 + Math.floor(random() * 14) }, word).join(' ')}.`,
    ),
    language: pick(LANGUAGES, random, 3),
    tags: some(Math.floor(random() * 4), () => pick(TAGS, random, 2)),
    genres: some(1 + Math.floor(random() * 3), () => Math.floor(random() ** 1.5 * GENRES)),
    visibility: pick(
      [
        'PUBLIC',
        'PUBLIC',
        'PUBLIC',
        'PUBLIC',
        'PUBLIC',
        'PUBLIC',
        'PUBLIC',
        'PUBLIC',
        'UNLISTED',
        'PRIVATE',
      ],
      random,
    ),
    status:
      random() < 0.97 ? 'ready' : pick(['pending', 'processing', 'failed', 'cancelled'], random),
    durationSeconds: Math.round(random() ** 2 * 9_000_000) / 1000,
    age: number * 60 + random() * 60,
    views: random() < 0.6 ? Math.floor(random() ** 8 * 1_000_000) : 0,
    ratings,
    stars: Math.floor(ratings * (1 + random() * 4)),
    trend: random() < 0.05 ? random() ** 4 * 1000 : 0,
  };
}

function shuffled<T>(list: readonly T[]): T[] {
  const random = randomNumbers(4711);
  return list
    .map((entry) => ({ entry, place: random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ entry }) => entry);
}

function uuid(random: () => number): string {
  const hex = Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-4$3-8$4-$5');
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
