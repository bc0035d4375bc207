import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { GenresService } from '../../src/catalogue/genres.service.js';
import { ExportService, type ExportOptions } from '../../src/export/export.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, signUp } from '../support/client.js';
import { clip } from '../support/clips.js';
import { filesBelow } from '../support/files.js';
import { until } from '../support/until.js';

type Row = Record<string, unknown>;
interface ExportDocument {
  format: string;
  version: number;
  exported_at: string;
  users: Row[];
  genres: Row[];
  videos: Row[];
  renditions: Row[];
}

let app: TestApp;
let anna: Client;
let database: pg.Client;
let exporter: ExportService;

beforeAll(async () => {
  app = await startApp({ ENCODE_LADDER: '90' });
  anna = await signUp(app, 'anna@example.com');
  database = new pg.Client({ connectionString: app.databaseUrl });
  await database.connect();
  exporter = app.app.get(ExportService, { strict: false });
  await app.app.get(GenresService).ensure([
    { slug: 'nature', name: 'Nature' },
    { slug: 'space', name: 'Space "and" time' },
  ]);
});

afterAll(async () => {
  await database.end();
  await app.close();
});

function folder(): string {
  return path.join(app.dataDir, 'exports');
}

async function documentOf(options: ExportOptions = {}): Promise<ExportDocument> {
  return JSON.parse(await readFile(await exporter.toFile(options), 'utf8')) as ExportDocument;
}

describe('an export', () => {
  test('holds every account, genre, video and rendition', async () => {
    const fields = { title: 'The sea', genres: 'space,nature', tags: 'water,slow' };
    const { id } = (await anna.upload(await clip('silent'), fields)).body as { id: string };
    await anna.settled(id);
    const document = await documentOf();
    expect(document).toMatchObject({ format: 'videoflix-export', version: 1 });
    expect(Math.abs(Date.parse(document.exported_at) - Date.now())).toBeLessThan(10_000);
    expect(document.users).toMatchObject([{ email: 'anna@example.com', is_active: true }]);
    expect(document.genres.map(({ slug, name }) => [slug, name])).toEqual([
      ['nature', 'Nature'],
      ['space', 'Space "and" time'],
    ]);
    expect(document.videos).toMatchObject([
      {
        id,
        title: 'The sea',
        owner_id: document.users[0]?.['id'],
        genres: ['nature', 'space'],
        tags: ['water', 'slow'],
        status: 'ready',
      },
    ]);
    expect(document.renditions).toMatchObject([{ video_id: id, name: 'v90p', status: 'ready' }]);
  });

  test('has no guests in it', async () => {
    const guests = async () =>
      Number((await database.query('SELECT 1 FROM users WHERE is_demo')).rowCount);
    await new Client(app.origin).post('auth/demo');
    expect(await guests()).toBe(1);
    expect((await documentOf()).users).toHaveLength(1);
  });

  test('holds password hashes only for whoever asks for them', async () => {
    const { rows } = await database.query<{ password_hash: string }>(
      `SELECT password_hash FROM users WHERE email = 'anna@example.com'`,
    );
    const hash = rows[0]?.password_hash ?? '';
    const without = await readFile(await exporter.toFile(), 'utf8');
    expect(without).not.toContain('password_hash');
    expect(without).not.toContain('argon2');
    const [user] = (await documentOf({ withSecrets: true })).users;
    expect(user).toMatchObject({ email: 'anna@example.com', password_hash: hash });
    expect(hash).toContain('argon2');
  });

  test('is a file that carries its time and that nobody else may read', async () => {
    const file = await exporter.toFile();
    expect(path.dirname(file)).toBe(folder());
    expect(path.basename(file)).toMatch(/^video_data_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.json$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('is remembered, also whether it held secrets', async () => {
    await database.query(`DELETE FROM audit_events WHERE action = 'export.made'`);
    await exporter.toFile();
    await exporter.toFile({ withSecrets: true });
    const { rows } = await database.query<{ details: object }>(
      `SELECT actor_id, details FROM audit_events WHERE action = 'export.made' ORDER BY id`,
    );
    expect(rows).toEqual([
      { actor_id: null, details: { with_secrets: false } },
      { actor_id: null, details: { with_secrets: true } },
    ]);
  });

  test('goes to another place on request, and replaces what is there', async () => {
    const file = path.join(app.dataDir, 'elsewhere', 'all.json');
    await mkdir(path.dirname(file));
    await writeFile(file, 'old');
    expect(await exporter.toFile({ file })).toBe(file);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ version: 1 });
    expect(await filesBelow(path.dirname(file))).toEqual(['all.json']);
  });
});

describe('an export that fails leaves nothing, and what was there before, when', () => {
  const file = () => path.join(app.dataDir, 'failing', 'all.json');

  beforeEach(async () => {
    await mkdir(path.dirname(file()));
    await writeFile(file(), 'the one before');
  });

  afterEach(async () => {
    expect(await filesBelow(path.dirname(file()))).toEqual(['all.json']);
    expect(await readFile(file(), 'utf8')).toBe('the one before');
    await rm(path.dirname(file()), { recursive: true });
    expect(await documentOf()).toMatchObject({ version: 1 });
  });

  test('the disk is full', async () => {
    // Whatever is written to this device finds no space.
    await symlink('/dev/full', `${file()}.${process.pid}.part`);
    await expect(exporter.toFile({ file: file() })).rejects.toMatchObject({ code: 'ENOSPC' });
  });

  test('the database fails in the middle', async () => {
    await database.query('ALTER TABLE renditions RENAME TO mislaid');
    try {
      await expect(exporter.toFile({ file: file() })).rejects.toThrow('renditions');
    } finally {
      await database.query('ALTER TABLE mislaid RENAME TO renditions');
    }
  });
});

test('an export whose folder is a file is refused', async () => {
  const file = path.join(app.dataDir, 'in-the-way');
  await writeFile(file, '');
  await expect(exporter.toFile({ file: path.join(file, 'all.json') })).rejects.toThrow();
});

test('thousands of rows stream, all as they were at one moment', async () => {
  const before = (await documentOf()).users.length;
  await database.query(
    `INSERT INTO users (email, password_hash, name)
     SELECT 'viewer-' || n || '@example.com', 'none', repeat('x', 200) FROM generate_series(1, 2345) n`,
  );
  const target = new PassThrough({ highWaterMark: 1024 });
  const written = exporter.toStream(target);
  // More than the head of the document: the first users have been read, and nobody reads on.
  await until(() => target.readableLength > 500, { what: 'the first users' });
  await database.query(`INSERT INTO genres (slug, name) VALUES ('late', 'Too late')`);
  const document = JSON.parse(await text(target)) as ExportDocument;
  await written;
  expect(document.users).toHaveLength(before + 2345);
  expect(new Set(document.users.map(({ id }) => id)).size).toBe(before + 2345);
  expect(document.genres.map(({ slug }) => slug)).toEqual(['nature', 'space']);
  expect((await documentOf()).genres.map(({ slug }) => slug)).toEqual(['late', 'nature', 'space']);
});
