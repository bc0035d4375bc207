import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ADMIN, ADMIN_SETTINGS, signInAsAdmin } from '../support/administrator.js';
import type { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { freePort, makeFolder, manage, ServerProcess } from '../support/server.js';

const NOBODYS = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';

let dataDir: string;
let settings: Record<string, string> & { PORT: string };
let server: ServerProcess;
let client: Client;

beforeAll(async () => {
  dataDir = makeFolder();
  settings = {
    PORT: await freePort(),
    DATA_DIR: dataDir,
    ...ADMIN_SETTINGS,
    ENCODE_PRESET: 'ultrafast',
  };
  server = await new ServerProcess(settings).listening();
  client = await signInAsAdmin(server.origin);
});

afterAll(async () => {
  expect(await server.stop()).toMatchObject({ code: 0, stderr: '' });
  await rm(dataDir, { recursive: true, force: true });
});

test('what failed is listed, and is processed again once its cause is gone', async () => {
  expect((await manage(['list-failed'], settings)).stdout).toBe('No video has failed.\n');

  const inTheWay = path.join(dataDir, 'media', 'videos');
  await mkdir(path.dirname(inTheWay), { recursive: true });
  await writeFile(inTheWay, 'in the way');
  const id = await failing('silent');
  const hopeless = await failing('text');
  await rm(inTheWay);

  const table = await manage(['list-failed'], settings);
  expect(table.stdout).toMatch(/^ID +TITLE +OWNER +CODE +FAILED +DETAIL\n/);
  expect(table.stdout).toMatch(new RegExp(`^${id} +silent .*processing\\.failed +2\\d{3}-`, 'm'));
  const { stdout } = await manage(['list-failed', '--json'], settings);
  const failed = JSON.parse(stdout) as object[];
  expect(failed).toMatchObject([
    { id: hopeless, title: 'text', can_be_retried: false },
    {
      id,
      title: 'silent',
      owner: { email: ADMIN.email },
      code: 'processing.failed',
      can_be_retried: true,
      failed_at: expect.any(String) as string,
    },
  ]);

  const one = await manage(['retry-failed', hopeless], settings);
  expect([one.code, one.stderr]).toEqual([1, expect.stringContaining('file is gone')]);
  const all = await manage(['retry-failed', '--all'], settings);
  expect([all.code, all.stdout]).toEqual([0, 'Processing 1 video again.\n']);
  expect(await client.settled(id, 120)).toMatchObject({ status: 'ready', error: null });
});

test('retry-failed wants to know which', async () => {
  const nothing = await manage(['retry-failed'], settings);
  expect([nothing.code, nothing.stderr]).toEqual([1, 'Error: Name the ids of videos, or --all.\n']);
  const unknown = await manage(['retry-failed', NOBODYS], settings);
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    `Error: No failed video has the id ${NOBODYS}.\n`,
  ]);
});

/** A video that has come to a bad end. */
async function failing(name: 'silent' | 'text'): Promise<string> {
  const id = await client.uploadVideo(await clip(name));
  expect(await client.settled(id, 120)).toMatchObject({ status: 'failed' });
  return id;
}
