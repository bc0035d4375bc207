import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import pg from 'pg';
import {
  acquireEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/infrastructure/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/infrastructure/database/migrate.js';
import { startAppOn, type TestApp } from '../support/app.js';
import { Client, type Answer } from '../support/client.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { filesBelow } from '../support/files.js';
import { makePerson } from '../support/people.js';
import { until } from '../support/until.js';

/** At once, which is more than the pool has connections. */
const QUESTIONS = 40;

const UNAVAILABLE = {
  code: 'service.unavailable',
  detail: 'The database does not answer. Try again in a moment.',
};

let folder: string;
let postgres: EmbeddedPostgres;
let proxy: FaultProxy;
let app: TestApp;
let viewer: Client;

// A server of its own, as it is to be brought down.
beforeAll(async () => {
  folder = await mkdtemp(path.join(await realpath(tmpdir()), 'videoflix-away-'));
  postgres = await acquireEmbeddedPostgres({ dataDir: path.join(folder, 'database') });
  await migrate(postgres.url);
  proxy = await FaultProxy.before(postgres.url);
  const url = new URL(postgres.url);
  url.host = new URL(proxy.origin).host;
  app = await startAppOn(
    { databaseUrl: url.href, dataDir: path.join(folder, 'data') },
    { ENCODE_LADDER: '90' },
  );
  viewer = (await makePerson(app)).client;
}, 120_000);

afterAll(async () => {
  await app.close();
  await proxy.stop();
  await postgres.release();
  await rm(folder, { recursive: true, force: true });
});

/** For lists: the database is asked at each request who asks, and whether the catalogue has changed. */
function ask(): Promise<Answer[]> {
  const urls = Array.from({ length: QUESTIONS }, (_, at) => `videos?page_size=${1 + at}`);
  return Promise.all(urls.map((url) => viewer.get(url)));
}

function expectAnswersOrUnavailable(answers: Answer[]): void {
  for (const { status, body, headers } of answers.filter((answer) => answer.status !== 200)) {
    expect([status, body]).toEqual([503, expect.objectContaining(UNAVAILABLE)]);
    expect(headers.get('retry-after')).toBe('10');
  }
}

async function untilAllAnswered(): Promise<void> {
  await until(async () => {
    const answers = await ask();
    expectAnswersOrUnavailable(answers);
    return answers.every(({ status }) => status === 200);
  });
}

test('a process has at most 21 connections, however busy it is', async () => {
  const films = [
    viewer.uploadVideo(await clip('silent')),
    viewer.uploadVideo(await clip('silent')),
  ];
  await Promise.all([ask(), ...films]);
  await ask();
  for (const film of films) await viewer.settled(await film);
  const [row] = await query<{ count: number }>(
    postgres.url,
    'SELECT count(*)::int FROM pg_stat_activity WHERE client_port IS NOT NULL AND pid <> pg_backend_pid()',
  );
  expect(row?.count).toBeLessThanOrEqual(21);
});

test('while PostgreSQL is not to be reached, questions are answered with 503, and then as ever', async () => {
  proxy.set('refuses');
  const answers = await ask();
  expectAnswersOrUnavailable(answers);
  expect(answers.some(({ status }) => status === 503)).toBe(true);
  proxy.set('passes');
  await untilAllAnswered();
});

test('an upload whose database goes away in its middle is told so, and leaves nothing behind', async () => {
  const stored = () => filesBelow(path.join(app.dataDir, 'media'));
  const before = await stored();
  const body = Readable.from(
    (async function* () {
      yield '--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n';
      yield randomBytes(1024 ** 2);
      await until(async () => (await stored()).length > before.length);
      proxy.set('refuses');
      yield randomBytes(1024 ** 2);
      yield '\r\n--x--\r\n';
    })(),
  );
  const response = await fetch(`${app.origin}/api/v1/videos/upload`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${viewer.token ?? ''}`,
      'content-type': 'multipart/form-data; boundary=x',
    },
    body: Readable.toWeb(body) as ReadableStream,
    duplex: 'half',
  });
  expect([response.status, await response.json()]).toEqual([
    503,
    expect.objectContaining(UNAVAILABLE),
  ]);
  expect(await stored()).toEqual(before);
  proxy.set('passes');
  await untilAllAnswered();
});

test('when all connections of PostgreSQL are taken, who gets none is told 503', async () => {
  // The pool starts anew, so that it has to connect.
  proxy.set('refuses');
  const taken: pg.Client[] = [];
  try {
    for (;;) {
      const client = new pg.Client({ connectionString: postgres.url });
      client.on('error', () => undefined);
      await client.connect();
      taken.push(client);
    }
  } catch (error) {
    expect(error).toMatchObject({ code: '53300' });
  }
  proxy.set('passes');
  const answers = await ask();
  expectAnswersOrUnavailable(answers);
  expect(answers.some(({ status }) => status === 503)).toBe(true);
  await Promise.all(taken.map((client) => client.end()));
  await untilAllAnswered();
});

test('a PostgreSQL that lost a process starts anew, and nobody sees more than 503', async () => {
  const [row] = await query<{ pid: number }>(
    postgres.url,
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'videoflix' LIMIT 1",
  );
  if (!row) throw new Error('the server has no connection');
  const asked = ask();
  execFileSync('kill', ['-KILL', String(row.pid)]);
  expectAnswersOrUnavailable(await asked);
  await untilAllAnswered();
  const film = await viewer.uploadVideo(await clip('silent'), { allow_duplicate: 'true' });
  expect(await viewer.settled(film)).toMatchObject({ status: 'ready', error: null });
});
