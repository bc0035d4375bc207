import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import {
  acquireEmbeddedPostgres,
  EmbeddedPostgresError,
} from '../../../src/infrastructure/database/embedded/embedded-postgres.js';
import { pathError } from '../../../src/infrastructure/database/embedded/embedded-postgres-error.js';
import { openDataDir, socketPath } from '../../../src/infrastructure/database/embedded/location.js';
import { isPostmaster } from '../../../src/infrastructure/database/embedded/postmaster.js';

let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(path.join(tmpdir(), 'vf-embedded-'));
});

afterEach(() => rmSync(scratch, { recursive: true, force: true }));

test('the socket of a short DATA_DIR lies in it', () => {
  expect(socketPath('/srv/videoflix')).toBe('/srv/videoflix/postgres.sock');
});

test('the socket of a long DATA_DIR is reached by a path that every system takes', () => {
  const dataDir = openDataDir(path.join(scratch, 'd'.repeat(90), 'd'.repeat(90)));
  const socket = socketPath(dataDir);
  expect(Buffer.byteLength(socket)).toBeLessThanOrEqual(103);
  expect(path.basename(socket)).toBe('postgres.sock');
  expect(socketPath(dataDir)).toBe(socket);
  rmSync(path.dirname(socket));
});

test('a file in the place of DATA_DIR is refused with the way out', () => {
  const file = path.join(scratch, 'data');
  writeFileSync(file, '');
  expect(() => openDataDir(path.join(file, 'deeper'))).toThrow(EmbeddedPostgresError);
  expect(() => openDataDir(file)).toThrow(/part of that path is a file: set DATA_DIR/);
});

test('a full disk is told in words', () => {
  expect(pathError({ code: 'ENOSPC' }, '/data').message).toBe(
    'The database cannot be kept in /data, because the disk is full: set DATA_DIR to another folder or DATABASE_URL to a PostgreSQL server.',
  );
});

test('a living process that is not PostgreSQL is no postmaster', () => {
  expect(isPostmaster(process.pid, scratch)).toBe(false);
});

test('two leases in one process share the database, and the last release ends it', async () => {
  const dataDir = path.join(scratch, 'data');
  const first = await acquireEmbeddedPostgres({ dataDir });
  try {
    const second = await acquireEmbeddedPostgres({ dataDir });
    expect(second.url).toBe(first.url);
    await second.release();
    await second.release();
    expect(await answer(first.url)).toBe('UTF8');
  } finally {
    await first.release();
    if (first.relocated) rmSync(first.directory, { recursive: true, force: true });
  }
  await expect(answer(first.url)).rejects.toThrow('ECONNREFUSED');
});

async function answer(url: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    const { rows } = await client.query<{ encoding: string }>(
      'SELECT current_setting($1) AS encoding',
      ['server_encoding'],
    );
    return rows[0]?.encoding;
  } finally {
    await client.end();
  }
}
