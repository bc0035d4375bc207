import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { filesBelow } from '../support/files.js';
import { makePerson, type Person } from '../support/people.js';
import { manage } from '../support/server.js';
import { until } from '../support/until.js';

const SECRET_KEY = 'a secret of thirty-two characters';

let ground: Ground;
let app: TestApp;
let anna: Person;
let ben: Person;

beforeAll(async () => {
  ground = await createGround();
  app = await startAppOn(ground, { ROLES: 'api,worker', SECRET_KEY, ENCODE_LADDER: '90' });
  anna = await makePerson(app, { username: 'anna' });
  ben = await makePerson(app);
});
afterAll(async () => {
  await app.close();
  await ground.remove();
});

async function usage(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await manage(['storage-usage', ...args], {
    ...{ DATABASE_URL: ground.databaseUrl, DATA_DIR: ground.dataDir, SECRET_KEY },
  });
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

interface Report {
  kinds: { kind: string; objects: number; bytes: number }[];
  users: { id: string; used_bytes: number; videos: number }[];
}
const report = async (...args: string[]) => JSON.parse(await usage('--json', ...args)) as Report;
const kindsIn = ({ kinds }: Report) =>
  Object.fromEntries(kinds.map(({ kind, objects, bytes }) => [kind, [objects, bytes]]));

test('an installation without videos takes nothing', async () => {
  expect(await usage()).toMatch(/^KIND +FILES +SIZE\nsources +0 +0 B\n(.*\n){3}total +0 +0 B\n$/);
});

test('files and bytes are counted by kind and by user, as the quota counts them', async () => {
  const file = await clip('silent');
  const { size } = await stat(file);
  const original = await anna.client.uploadVideo(file);
  const copy = (await anna.client.post('jobs/create', { s3_video_id: original })).body.id as string;
  const gone = await ben.client.uploadVideo(file);
  for (const id of [original, copy]) expect((await anna.client.settled(id)).status).toBe('ready');
  expect((await ben.client.settled(gone)).status).toBe('ready');
  const outputsOf = async (...ids: string[]): Promise<[files: number, bytes: number]> => {
    const [counted] = await query<{ files: number; bytes: number }>(
      ground.databaseUrl,
      `SELECT sum(segment_count + 3)::integer AS files, sum(size_bytes)::integer AS bytes
       FROM renditions JOIN revisions ON revisions.id = revision_id WHERE video_id = ANY($1)`,
      [ids],
    );
    return [counted?.files ?? 0, counted?.bytes ?? 0];
  };
  const [goneFiles, goneBytes] = await outputsOf(gone);
  await ben.client.send('DELETE', `videos/${gone}`);
  await query(
    ground.databaseUrl,
    `INSERT INTO upload_sessions (id, owner_id, kind, storage_key, filename, size_bytes, expires_at)
     VALUES ($1, $2, 'direct', 'uploads/x', 'x', 5000000000, now() + interval '1 day')`,
    [randomUUID(), ben.id],
  );
  const known = await report();
  expect(kindsIn(known)).toEqual({
    sources: [1, size],
    renditions: await outputsOf(original, copy),
    'uploads in progress': [1, 5_000_000_000],
    'of deleted videos': [goneFiles + 1, goneBytes + size],
  });
  const usedBy = async ({ client }: Person) =>
    ((await client.get('users/me/usage')).body as { used_bytes: number }).used_bytes;
  expect(known.users.map(({ id, used_bytes, videos }) => [id, used_bytes, videos])).toEqual([
    [ben.id, await usedBy(ben), 0],
    [anna.id, await usedBy(anna), 2],
  ]);
  expect((await report('--users', '1')).users).toHaveLength(1);
  const table = await usage();
  expect(table).toMatch(/^uploads in progress +1 +4\.7 GiB$/m);
  expect(table).toMatch(/^USER +VIDEOS +SOURCES +RENDITIONS +UPLOADS +TOTAL$/m);
  expect(table).toMatch(/^anna +2 .* 0 B +\d+ KiB$/m);
});

test('what is measured is what lies there, to the byte', async () => {
  const media = path.join(ground.dataDir, 'media');
  const files = await filesBelow(media);
  const sizes = await Promise.all(
    files.map(async (name) => (await stat(path.join(media, name))).size),
  );
  const { kinds } = await report('--measure');
  const total = (what: 'objects' | 'bytes') => kinds.reduce((sum, kind) => sum + kind[what], 0);
  expect(total('objects')).toBe(files.length);
  expect(total('bytes')).toBe(sizes.reduce((sum, size) => sum + size, 0));
  const by = Object.fromEntries(kinds.map(({ kind, objects }) => [kind, objects]));
  expect(by).toMatchObject({ sources: 2, subtitles: 0, other: 0 });
  expect(by['pictures and previews']).toBe(
    files.filter((name) => /\.jpg$|storyboard\.vtt$|preview\.mp4$/.test(name)).length,
  );
});

test('it may take longer than the database lets requests take', async () => {
  const name = new URL(ground.databaseUrl).pathname.slice(1);
  await query(ground.databaseUrl, `ALTER DATABASE "${name}" SET statement_timeout = '1s'`);
  const holder = new pg.Client({ connectionString: ground.databaseUrl });
  await holder.connect();
  try {
    await holder.query('BEGIN; LOCK TABLE renditions IN ACCESS EXCLUSIVE MODE');
    const counted = report();
    await until(async () => {
      const waiting = await query(
        ground.databaseUrl,
        `SELECT 1 FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    });
    await sleep(2000);
    await holder.query('COMMIT');
    expect((await counted).users).toHaveLength(2);
  } finally {
    await holder.end();
    await query(ground.databaseUrl, `ALTER DATABASE "${name}" RESET statement_timeout`);
  }
});

test('a count that is none is refused', async () => {
  const { code, stderr } = await manage(['storage-usage', '--users', 'all'], {});
  expect([code, stderr]).toEqual([1, expect.stringContaining('It has to be a whole number.')]);
});
