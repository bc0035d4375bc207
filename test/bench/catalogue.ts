import pg from 'pg';
import { DataSource, type Logger } from 'typeorm';
import { ListingRepository } from '../../src/catalogue/listing/listing.repository.js';
import {
  VideoListQuerySchema,
  type VideoListQuery,
} from '../../src/catalogue/listing/listing.dto.js';
import { EVERYBODY } from '../../src/catalogue/listing/scope.js';
import { SearchRepository } from '../../src/catalogue/listing/search.repository.js';
import { ShelvesRepository } from '../../src/catalogue/listing/shelves.repository.js';
import { ShownVideosRepository } from '../../src/catalogue/shown-videos.repository.js';
import { ENTITIES } from '../../src/entities.js';
import { dataSourceOptions } from '../../src/infrastructure/database/data-source-options.js';
import { acquireEmbeddedPostgres } from '../../src/infrastructure/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/infrastructure/database/migrate.js';
import { loadTitles } from './catalogue-load.js';
import {
  GENRES,
  LANGUAGES,
  pick,
  PLACES,
  randomNumbers,
  TAGS,
  titleOf,
  WORDS,
} from './catalogue-titles.js';
import { shortPlan, type PlanNode } from './query-plan.js';

const TITLES = Number(process.env['BENCH_TITLES'] ?? 1_000_000);
const ASKED = 200;
const EXPLAINED = 5;
const PROMISED_MILLISECONDS = 50;
const PAGE_OF_DEPTH = 500;

interface Repositories {
  listing: ListingRepository;
  shelves: ShelvesRepository;
  shown: ShownVideosRepository;
}

/** What is asked of the catalogue, as the server asks it: with the count where a page has one. */
type Ask = (repositories: Repositories, random: () => number) => Promise<string[]>;

const listed = (
  query: (random: () => number) => Partial<Record<keyof VideoListQuery, string>>,
): Ask => {
  return async ({ listing }, random) => {
    const page = await listing.findPage(EVERYBODY, VideoListQuerySchema.parse(query(random)));
    if (!page.total) await listing.countAll(EVERYBODY);
    return page.ids;
  };
};
const genre = (random: () => number) => `genre-${Math.floor(random() * GENRES)}`;
const anyTitle = (random: () => number) => titleOf(Math.floor(random() * TITLES));
const misspelt = (word: string, random: () => number) => {
  const place = 1 + Math.floor(random() * (word.length - 2));
  return `${word.slice(0, place)}${word.charAt(place + 1)}${word.charAt(place)}${word.slice(place + 2)}`;
};
const longWords = WORDS.filter((word) => word.length >= 7);

const ASKS: Readonly<Record<string, Ask>> = {
  list: listed((random) => ({ page: String(1 + Math.floor(random() * 5)) })),
  'page 500': listed(() => ({ page: String(PAGE_OF_DEPTH) })),
  'deep cursor': async ({ listing }, random) => {
    const { id, age } = anyTitle(random);
    const key = new Date(Date.parse('2026-11-01') - age * 1000).toISOString();
    const query = VideoListQuerySchema.parse({});
    return (await listing.findBehind({ key, id }, EVERYBODY, query)).ids;
  },
  'by title': listed((random) => ({ sort_by: 'title', sort_order: pick(['asc', 'desc'], random) })),
  'by length': listed((random) => ({
    sort_by: 'duration',
    sort_order: pick(['asc', 'desc'], random),
  })),
  'by views': listed(() => ({ sort_by: 'views' })),
  'by rating': listed((random) => ({
    sort_by: 'rating',
    sort_order: pick(['asc', 'desc'], random),
  })),
  'by change': listed(() => ({ sort_by: 'updated_at' })),
  'of a genre': listed((random) => ({ genre: genre(random) })),
  'of a genre, by title': listed((random) => ({ genre: genre(random), sort_by: 'title' })),
  'of a genre, by views': listed((random) => ({ genre: genre(random), sort_by: 'views' })),
  'of a language': listed((random) => ({ language: pick(LANGUAGES, random) })),
  'of a genre and a language': listed((random) => ({
    genre: genre(random),
    language: pick(LANGUAGES, random),
  })),
  'of a tag': listed((random) => ({ tag: pick(TAGS, random) })),
  'of an uploader': listed((random) => ({ uploaded_by: ownerId(Math.floor(random() * 2000)) })),
  'of the last days': listed((random) => ({
    uploaded_after: `2026-10-${String(10 + Math.floor(random() * 20))}`,
    sort_by: pick(['created_at', 'title', 'views'], random),
  })),
  'search, common word': listed((random) => ({ search: pick(WORDS.slice(0, 20), random) })),
  'search, any word': listed((random) => ({ search: pick(WORDS, random) })),
  'search, rare word': listed((random) => ({ search: pick(PLACES, random) })),
  'search, two words': listed((random) => ({
    search: `${pick(WORDS, random, 2)} ${pick(WORDS, random, 2)}`,
  })),
  'search, a title': listed((random) => ({ search: anyTitle(random).title })),
  'search, beginning': listed((random) => ({ search: pick(longWords, random).slice(0, 5) })),
  'search, misspelt': listed((random) => ({
    search: misspelt(pick(longWords, random, 2), random),
  })),
  'search, newest first': listed((random) => ({
    search: pick(WORDS, random),
    sort_by: 'created_at',
  })),
  'search in a genre': listed((random) => ({ search: pick(WORDS, random), genre: genre(random) })),
  recent: ({ shelves }) => shelves.findNewest(5),
  'by genre': async ({ shelves }) =>
    (await shelves.findNewestByGenre(10)).flatMap(({ ids }) => ids),
  trending: ({ shelves }) => shelves.findTrending(20),
  related: async ({ shelves }, random) => {
    const { id, tags } = anyTitle(random);
    return shelves.findRelated({ id, tags, seriesId: null }, 20);
  },
};

/** @throws Error when a plan scans the whole table of videos, or nothing is found */
export async function catalogue(folder: string): Promise<object> {
  const postgres = await acquireEmbeddedPostgres({ dataDir: folder });
  try {
    await migrate(postgres.url);
    const loaded = await loadTitles(postgres.url, TITLES);
    const statements = new StatementLog();
    const database = await new DataSource({
      ...dataSourceOptions(postgres.url, [...ENTITIES]),
      logger: statements,
    }).initialize();
    try {
      const search = new SearchRepository(database);
      const repositories = {
        listing: new ListingRepository(database, search),
        shelves: new ShelvesRepository(database),
        shown: new ShownVideosRepository(database),
      };
      const asked: Record<string, object> = {};
      const plans: Record<string, string[]> = {};
      for (const [name, ask] of Object.entries(ASKS)) {
        asked[name] = await timed(name, ask, repositories);
        plans[name] = await explained(postgres.url, statements, () =>
          findAll(ask, repositories, randomNumbers(1), `plan of ${name}`),
        );
        for (let variant = 2; variant <= EXPLAINED; variant += 1) {
          await explained(postgres.url, statements, () =>
            findAll(ask, repositories, randomNumbers(variant), `plan ${variant} of ${name}`),
          );
        }
        console.error(name, JSON.stringify(asked[name]));
      }
      return {
        titles: TITLES,
        load_seconds: Math.round(loaded.seconds),
        of_that_rows_seconds: Math.round(loaded.rowsSeconds),
        promised_p95_milliseconds: PROMISED_MILLISECONDS,
        asked,
        plans,
      };
    } finally {
      await database.destroy();
    }
  } finally {
    await postgres.release();
  }
}

async function timed(name: string, ask: Ask, repositories: Repositories) {
  const random = randomNumbers(99);
  const milliseconds: number[] = [];
  let found = 0;
  for (let round = 0; round < ASKED; round += 1) {
    const startedAt = performance.now();
    found += (await findAll(ask, repositories, random, `${round} of ${name}`)).length;
    milliseconds.push(performance.now() - startedAt);
  }
  if (found === 0) throw new Error('nothing was found');
  milliseconds.sort((left, right) => left - right);
  const quantile = (share: number) => {
    return Math.round((milliseconds[Math.ceil(share * ASKED) - 1] ?? 0) * 10) / 10;
  };
  return { p50: quantile(0.5), p95: quantile(0.95), max: quantile(1), videos: found / ASKED };
}

/** Of a catalogue of which nothing is known yet. */
async function findAll(
  ask: Ask,
  repositories: Repositories,
  random: () => number,
  generation: string,
) {
  return repositories.shown.find(await ask(repositories, random), generation);
}

/** The short plans of all statements of a question. */
async function explained(
  url: string,
  log: StatementLog,
  ask: () => Promise<unknown>,
): Promise<string[]> {
  const statements = await log.during(ask);
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  try {
    const plans: string[] = [];
    for (const { sql, values } of statements) {
      const isQuestion = /^\s*(SELECT|WITH)/.test(sql) && !sql.includes('set_config');
      const { rows } = await connection.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
        isQuestion ? `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}` : sql,
        values,
      );
      const root = isQuestion ? rows[0]?.['QUERY PLAN'][0]?.Plan : undefined;
      if (!root) continue;
      plans.push(shortPlan(root));
      if (plans.at(-1)?.includes('Seq Scan on videos')) {
        throw new Error(`the table of videos is scanned:\n${sql}\n${plans.at(-1)}`);
      }
    }
    return plans;
  } finally {
    await connection.end();
  }
}

/** Remembers the statements that are sent, for as long as it is asked to. */
class StatementLog implements Logger {
  private statements: { sql: string; values: unknown[] }[] | undefined;

  async during(work: () => Promise<unknown>) {
    this.statements = [];
    await work();
    const seen = this.statements;
    this.statements = undefined;
    return seen;
  }

  logQuery(sql: string, values: unknown[] = []): void {
    this.statements?.push({ sql, values });
  }

  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

function ownerId(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}
