import pg from 'pg';
import { GENRES, OWNERS, titleOf } from './catalogue-titles.js';

const BATCH = 5000;
const CONNECTIONS = 2;
const TABLES = ['videos', 'video_genres', 'video_stats'];

/**
 * Fills an empty, migrated database with made-up videos: the rows first, then the indexes, as a restore does.
 *
 * @returns seconds, with and without the indexes
 */
export async function loadTitles(url: string, count: number) {
  const startedAt = performance.now();
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(url)));
  const [first] = connections;
  if (!first) throw new Error('no connection');
  try {
    await makeOwnersAndGenres(first);
    const indexes = await dropIndexes(first);
    const batches = Array.from({ length: Math.ceil(count / BATCH) }, (_, batch) => batch * BATCH);
    await inParallel(connections, batches, (connection, start) => {
      return addTitles(connection, start, Math.min(BATCH, count - start));
    });
    const rowsSeconds = (performance.now() - startedAt) / 1000;
    await inParallel(connections, indexes, async (connection, index) => {
      await connection.query(index);
    });
    // What is committed but not yet on the disk cannot be marked as seen by everybody.
    await first.query('CHECKPOINT');
    await inParallel(connections, TABLES, async (connection, table) => {
      await connection.query(`VACUUM (ANALYZE) ${table}`);
    });
    await first.query('ANALYZE');
    return { rowsSeconds, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    await Promise.all(connections.map((connection) => connection.end()));
  }
}

async function connect(url: string): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: url });
  await connection.connect();
  // Nothing is checked row by row: what is loaded is known to fit together.
  await connection.query("SET session_replication_role = 'replica'");
  await connection.query("SET maintenance_work_mem = '512MB'; SET synchronous_commit = off");
  return connection;
}

async function makeOwnersAndGenres(connection: pg.Client): Promise<void> {
  await connection.query(
    `INSERT INTO users (id, email, password_hash, name, is_active)
     SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'owner' || n || '@example.org', '', 'Owner ' || n, true
     FROM generate_series(0, $1 - 1) n`,
    [OWNERS],
  );
  await connection.query(
    `INSERT INTO genres (id, slug, name)
     SELECT md5('genre' || n)::uuid, 'genre-' || n, 'Genre ' || n FROM generate_series(0, $1 - 1) n`,
    [GENRES],
  );
}

/** @returns the statements that make them again */
async function dropIndexes(connection: pg.Client): Promise<string[]> {
  const { rows } = await connection.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
     WHERE indrelid = ANY($1::regclass[]) AND NOT EXISTS (
       SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
     ORDER BY pg_get_indexdef(indexrelid) LIKE '%gin%' DESC`,
    [TABLES],
  );
  for (const { name } of rows) await connection.query(`DROP INDEX ${name}`);
  return rows.map(({ definition }) => definition);
}

async function addTitles(connection: pg.Client, start: number, count: number): Promise<void> {
  const titles = Array.from({ length: count }, (_, offset) => titleOf(start + offset));
  const column = <K extends keyof (typeof titles)[number]>(name: K) =>
    titles.map((title) => title[name]);
  await connection.query(
    `INSERT INTO videos (id, owner_id, title, description, language, tags, visibility, status, playable,
       original_filename, source_size_bytes, duration_seconds, created_at, updated_at)
     SELECT id, ('00000000-0000-4000-8000-' || lpad(owner::text, 12, '0'))::uuid, title, description, language, string_to_array(tags, ','),
       visibility, status, status = 'ready', 'film.mp4', 1000000, duration,
       '2026-11-01'::timestamptz - make_interval(secs => age),
       '2026-11-01'::timestamptz - make_interval(secs => age * 0.9)
     FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
       $8::text[], $9::double precision[], $10::double precision[])
       title (id, owner, title, description, language, tags, visibility, status, duration, age)`,
    [
      ...[
        column('id'),
        column('owner'),
        column('title'),
        column('description'),
        column('language'),
      ],
      ...[titles.map(({ tags }) => tags.join(',')), column('visibility'), column('status')],
      ...[column('durationSeconds'), column('age')],
    ],
  );
  await connection.query(
    `INSERT INTO video_stats (video_id, views, likes, rating_count, rating_sum, trend)
     SELECT id, views, views / 50, ratings, stars, trend
     FROM unnest($1::uuid[], $2::integer[], $3::integer[], $4::integer[], $5::double precision[])
       counted (id, views, ratings, stars, trend)`,
    [column('id'), column('views'), column('ratings'), column('stars'), column('trend')],
  );
  const links = titles.flatMap(({ id, age, genres }) =>
    genres.map((genre) => ({ id, age, genre })),
  );
  await connection.query(
    `INSERT INTO video_genres (video_id, genre_id, video_created_at)
     SELECT id, md5('genre' || genre)::uuid, '2026-11-01'::timestamptz - make_interval(secs => age)
     FROM unnest($1::uuid[], $2::integer[], $3::double precision[]) link (id, genre, age)`,
    [links.map(({ id }) => id), links.map(({ genre }) => genre), links.map(({ age }) => age)],
  );
}

/** Every connection takes the next task as soon as it is free. */
async function inParallel<T>(
  connections: readonly pg.Client[],
  tasks: readonly T[],
  work: (connection: pg.Client, task: T) => Promise<void>,
): Promise<void> {
  const queue = tasks.values();
  await Promise.all(
    connections.map(async (connection) => {
      for (const task of queue) await work(connection, task);
    }),
  );
}
