import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { loadSecrets } from '../../../src/config/secrets.js';

/** Prints the key that a process of its own makes or finds. */
const OTHER_PROCESS = `
  const { loadSecrets } = await import(process.argv[1]);
  const secrets = loadSecrets({ dataDir: process.argv[2], secretKey: undefined });
  console.log(secrets.key('access-token').toString('hex'));
`;
const BUILT = pathToFileURL(path.resolve('dist/src/config/secrets.js')).href;

let dataDir: string;

beforeEach(() => {
  dataDir = path.join(mkdtempSync(path.join(tmpdir(), 'videoflix-secrets-')), 'data');
});
afterEach(() => rmSync(path.dirname(dataDir), { recursive: true }));

test('a secret is made once, for its owner alone', () => {
  const first = keyOf(undefined);
  const file = path.join(dataDir, 'secret.key');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}$/);
  expect(keyOf(undefined)).toBe(first);
});

test('two installations have different secrets', () => {
  const here = keyOf(undefined);
  rmSync(dataDir, { recursive: true });
  expect(keyOf(undefined)).not.toBe(here);
});

test('processes that start together end up with one secret and leave no drafts', async () => {
  const starts = Array.from({ length: 6 }, () =>
    promisify(execFile)(process.execPath, [
      '--input-type=module',
      '-e',
      OTHER_PROCESS,
      BUILT,
      dataDir,
    ]),
  );
  const keys = (await Promise.all(starts)).map(({ stdout }) => stdout.trim());
  expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(new Set(keys)).toEqual(new Set([keyOf(undefined)]));
  expect(readdirSync(dataDir)).toEqual(['secret.key']);
});

test('a secret that is there is used, also with a newline at its end', () => {
  const before = keyOf(undefined);
  const file = path.join(dataDir, 'secret.key');
  writeFileSync(file, `${readFileSync(file, 'utf8')}\n`);
  expect(keyOf(undefined)).toBe(before);
});

test('a given secret makes the same keys everywhere and no file', () => {
  const given = 'a secret of thirty-two characters';
  expect(keyOf(given)).toBe(keyOf(given));
  expect(keyOf(given)).not.toBe(keyOf(`${given}.`));
  expect(() => readdirSync(dataDir)).toThrow('ENOENT');
});

test('a key of one purpose tells nothing of another', () => {
  const secrets = loadSecrets({ dataDir, secretKey: 'a secret of thirty-two characters' });
  const keys = (['access-token', 'playback-token', 'csrf-token'] as const).map((purpose) =>
    secrets.key(purpose),
  );
  expect(keys.map(({ length }) => length)).toEqual([32, 32, 32]);
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(3);
});

function keyOf(secretKey: string | undefined): string {
  return loadSecrets({ dataDir, secretKey }).key('access-token').toString('hex');
}
