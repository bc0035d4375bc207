import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { freePort, makeFolder, processesSaying, ServerProcess } from '../support/server.js';
import { until } from '../support/until.js';

const ADMIN = { email: 'admin@example.org', password: 'only for this test' };

let dataDir: string;
let settings: Record<string, string> & { PORT: string };

beforeEach(async () => {
  dataDir = makeFolder();
  settings = {
    PORT: await freePort(),
    DATA_DIR: dataDir,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    // Slow enough to be caught in the middle.
    ENCODE_PRESET: 'slow',
  };
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function signIn(origin: string): Promise<Client> {
  const { body } = await new Client(origin).post('auth/token', ADMIN);
  return new Client(origin, body.access_token);
}

/** Uploads the long clip and waits until its encoding has begun. */
async function uploadAndStart(client: Client): Promise<string> {
  const { body } = await client.upload(await clip('long'));
  await until(async () => {
    const { body: status } = await client.get(`videos/${body.id}/status`);
    return status.progress.stage === 'encoding';
  });
  return body.id;
}

async function expectFinished(client: Client, videoId: string): Promise<void> {
  expect(await client.settled(videoId, 120)).toMatchObject({ status: 'ready', error: null });
  const { body: playback } = await client.get(`videos/${videoId}/playback`);
  const { body: playlist } = await client.get(playback.hls_url);
  expect(playlist).toContain('#EXT-X-STREAM-INF');
  expect(await readdir(path.join(dataDir, 'scratch'))).toEqual([]);
}

test('a server killed in the middle of an encode finishes it after the next start', async () => {
  const first = await new ServerProcess(settings).listening();
  const videoId = await uploadAndStart(await signIn(first.origin));
  await first.stop('SIGKILL');
  await until(() => processesSaying(path.join(dataDir, 'scratch')).length === 0, {
    what: 'the end of ffmpeg',
  });

  const second = await new ServerProcess(settings).listening();
  await expectFinished(await signIn(second.origin), videoId);
  expect((await second.stop()).code).toBe(0);
});

test('a server told to stop in the middle of an encode hands it to the next one', async () => {
  const first = await new ServerProcess(settings).listening();
  const videoId = await uploadAndStart(await signIn(first.origin));
  expect((await first.stop('SIGTERM')).code).toBe(0);
  expect(await readdir(path.join(dataDir, 'scratch'))).toEqual([]);

  const second = await new ServerProcess(settings).listening();
  await expectFinished(await signIn(second.origin), videoId);
  await second.stop();
});
