import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { MediaTokens } from '../../src/common/media-token.js';
import type { Problem } from '../../src/common/problem.js';
import { MediaKeyRotation } from '../../src/media-keys/key-rotation.service.js';
import { MediaKeyring } from '../../src/media-keys/media-keyring.service.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { clip } from '../support/clips.js';
import { setClock } from '../support/clock.js';
import { query } from '../support/database.js';
import { makePerson, type Person } from '../support/people.js';
import { manage, type Ended } from '../support/server.js';

const HOUR_MS = 3_600_000;

let ground: Ground;
/** Two processes of one installation. */
let [one, two]: TestApp[] = [];
let anna: Person;
let film: string;
let keysFile: string;
/** A link that somebody got once. */
let link: string;

beforeAll(async () => {
  ground = await createGround();
  keysFile = path.join(ground.dataDir, 'playback-keys.json');
  one = await startAppOn(ground, { ENCODE_LADDER: '90', PLAYBACK_KEYS_FILE: keysFile });
  two = await startAppOn(ground);
  anna = await makePerson(one);
  film = await anna.client.uploadVideo(await clip('silent'));
  expect(await anna.client.settled(film)).toMatchObject({ status: 'ready', error: null });
  const { body } = await anna.client.get(`videos/${film}/playback`);
  link = (body as PlaybackDto).hls_url;
});

afterEach(() => void jest.useRealTimers());

afterAll(async () => {
  await Promise.all([one?.close(), two?.close()]);
  await ground.remove();
});

/** The same link again, signed by one of the processes at this moment. */
function linkFrom(app: TestApp | undefined): string {
  const signer = app?.app.get(MediaTokens, { strict: false });
  if (!signer) throw new Error('there is no app');
  const token = signer.sign(signer.grant(film, anna.id));
  return link.replace(/^\/media\/[^/]+/, `/media/${token}`);
}

const keyOf = (link: string) => Buffer.from(link.split('/')[2] ?? '', 'base64url').readUInt8(0);

async function codeOf(app: TestApp | undefined, link: string): Promise<string> {
  const response = await fetch((app?.origin ?? '') + link);
  return response.ok ? 'ok' : ((await response.json()) as Problem).code;
}

/** As an administrator does it, on any machine. */
function command(args: string[], secret = 'a secret of thirty-two characters'): Promise<Ended> {
  const { databaseUrl: DATABASE_URL, dataDir: DATA_DIR } = ground;
  return manage(args, { DATABASE_URL, DATA_DIR, SECRET_KEY: secret });
}

async function rotate(...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await command(['rotate-playback-key', ...options]);
  expect([code, stderr]).toEqual([0, '']);
  return stdout;
}

/** What a process sees that looks for keys at this moment, as each does every few seconds. */
async function look(app: TestApp | undefined): Promise<void> {
  await app?.app.get(MediaKeyring, { strict: false }).reload();
}

test('a new key signs from its time on, and the links of the old one stay good', async () => {
  const old = linkFrom(one);
  expect(keyOf(old)).toBe(0);
  expect(await rotate('--after', '2')).toContain('Key 1 signs playback links from');
  await Promise.all([look(one), look(two)]);
  expect(keyOf(linkFrom(one))).toBe(0);

  setClock(new Date(Date.now() + 3 * 60_000));
  const fresh = linkFrom(one);
  expect(keyOf(fresh)).toBe(1);
  for (const app of [one, two]) {
    expect([await codeOf(app, old), await codeOf(app, fresh)]).toEqual(['ok', 'ok']);
  }
});

test('a process that does not know a key yet looks for it', async () => {
  // It has looked a moment ago: the key must be found all the same.
  await look(two);
  await one?.app.get(MediaKeyRotation, { strict: false }).rotate(new Date(), false);
  await look(one);
  const fresh = linkFrom(one);
  expect(keyOf(fresh)).toBe(2);
  expect(keyOf(linkFrom(two))).toBe(0);
  expect(await codeOf(two, fresh)).toBe('ok');
  expect(keyOf(linkFrom(two))).toBe(2);
});

test('a key is forgotten when none of its links can live any more', async () => {
  const old = linkFrom(one);
  await rotate('--after', '0');
  await look(one);
  setClock(new Date(Date.now() + 7 * HOUR_MS));
  expect(await codeOf(one, old)).toBe('media.expired_token');
  setClock(new Date(Date.now() + HOUR_MS));
  expect(await codeOf(one, old)).toBe('media.invalid_token');
  expect(await codeOf(one, linkFrom(one))).toBe('ok');
});

test('links of older keys can be made void at once', async () => {
  const old = linkFrom(one);
  expect(await rotate('--void-older')).toContain('void within 10 seconds');
  await Promise.all([look(one), look(two)]);
  for (const app of [one, two]) {
    expect(await codeOf(app, old)).toBe('media.invalid_token');
    expect(await codeOf(app, linkFrom(app))).toBe('ok');
  }
});

test('what a proxy reads is kept up to date, and for its group alone', async () => {
  await look(one);
  const fresh = keyOf(linkFrom(one));
  const keys = JSON.parse(await readFile(keysFile, 'utf8')) as Record<string, string>;
  expect(Object.keys(keys)).toEqual([`${fresh}`]);
  expect(keys[fresh]).toMatch(/^[0-9a-f]{64}$/);
  expect((await stat(keysFile)).mode & 0o777).toBe(0o640);
  const { stdout } = await command(['export-playback-keys']);
  expect(JSON.parse(stdout)).toEqual(keys);
});

test('who has the database does not have the keys', async () => {
  const rows = await query(ground.databaseUrl, 'SELECT sealed_secret FROM media_keys');
  expect(rows.length).toBeGreaterThan(0);
  const { stdout } = await command(
    ['export-playback-keys'],
    'another secret that is as long as this',
  );
  expect(stdout).toBe('');
});

test('what is no time is refused', async () => {
  const { code, stderr } = await command(['rotate-playback-key', '--after', 'soon']);
  expect(code).toBe(1);
  expect(stderr).toContain('--after takes a number of minutes');
});
