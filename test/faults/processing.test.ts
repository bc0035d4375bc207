import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ADMIN_SETTINGS, signInAsAdmin } from '../support/administrator.js';
import type { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { filesBelow } from '../support/files.js';
import { freePort, makeFolder, processesSaying, ServerProcess } from '../support/server.js';
import { until } from '../support/until.js';

let dataDir: string;
let settings: Record<string, string> & { PORT: string };

beforeEach(async () => {
  dataDir = makeFolder();
  settings = {
    PORT: await freePort(),
    DATA_DIR: dataDir,
    ...ADMIN_SETTINGS,
    // Slow enough to be caught in the middle.
    ENCODE_PRESET: 'slow',
  };
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Uploads the long clip and waits until its encoding has begun. */
async function uploadAndStart(client: Client): Promise<string> {
  const id = await client.uploadVideo(await clip('long'));
  await until(async () => (await client.statusOf(id)).progress.stage === 'encoding');
  return id;
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
  const videoId = await uploadAndStart(await signInAsAdmin(first.origin));
  await first.stop('SIGKILL');
  await until(() => processesSaying(path.join(dataDir, 'scratch')).length === 0, {
    what: 'the end of ffmpeg',
  });

  const second = await new ServerProcess(settings).listening();
  await expectFinished(await signInAsAdmin(second.origin), videoId);
  expect((await second.stop()).code).toBe(0);
});

test('a server told to stop in the middle of an encode hands it to the next one', async () => {
  const first = await new ServerProcess(settings).listening();
  const videoId = await uploadAndStart(await signInAsAdmin(first.origin));
  expect((await first.stop('SIGTERM')).code).toBe(0);
  expect(await readdir(path.join(dataDir, 'scratch'))).toEqual([]);

  const second = await new ServerProcess(settings).listening();
  await expectFinished(await signInAsAdmin(second.origin), videoId);
  await second.stop();
});

test('a restart of PostgreSQL in the middle of an encode goes by unnoticed', async () => {
  const server = await new ServerProcess(settings).listening();
  const client = await signInAsAdmin(server.origin);
  const home = path.join(dataDir, 'postgres');
  // One that ends just after its start is not started again.
  await until(async () => (await postmaster(home)).upSeconds > 4);
  const videoId = await uploadAndStart(client);
  const { pid: before } = await postmaster(home);
  process.kill(before, 'SIGINT');
  await until(
    async () => ((await postmaster(home).catch(() => undefined))?.pid ?? before) !== before,
    {
      what: 'another PostgreSQL',
    },
  );
  await expectFinished(client, videoId);
  expect((await server.stop()).code).toBe(0);
});

/** What PostgreSQL writes into its cluster: its process id, its folder, and when it was started. */
async function postmaster(cluster: string): Promise<{ pid: number; upSeconds: number }> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8');
  const [pid, , startedAt] = text.split('\n');
  return { pid: Number(pid), upSeconds: Date.now() / 1000 - Number(startedAt) };
}

const asRoot = process.getuid?.() === 0 && process.platform === 'linux' ? test : test.skip;

asRoot(
  'a disk that fills up is told, and the film is made once there is room (as root)',
  async () => {
    const media = path.join(dataDir, 'media');
    await mkdir(media);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', media]);
    const server = await new ServerProcess({ ...settings, ENCODE_PRESET: 'ultrafast' }).listening();
    try {
      const client = await signInAsAdmin(server.origin);
      const first = await client.upload(await clip('silent'));
      expect(await client.settled(first.body.id)).toMatchObject({ status: 'ready' });
      const source = await clip('long');
      const room = (await readFile(source)).length + 200_000;
      const { bavail, bsize } = await statfs(media);
      await writeFile(path.join(media, 'filler'), Buffer.alloc(bavail * bsize - room));

      const { body } = await client.upload(source);
      expect(await client.settled(body.id, 90)).toMatchObject({
        status: 'failed',
        playable: false,
        error: { code: 'processing.failed' },
      });
      expect(await filesBelow(path.join(media, 'videos', body.id))).toEqual([]);
      expect(await filesBelow(path.join(media, '.drafts'))).toEqual([]);
      expect(await filesBelow(path.join(dataDir, 'scratch'))).toEqual([]);
      const refused = await client.upload(await clip('plain'));
      expect([refused.status, refused.body.code]).toEqual([507, 'storage.full']);

      await rm(path.join(media, 'filler'));
      expect((await client.post(`videos/${body.id}/retry`)).status).toBe(200);
      await expectFinished(client, body.id);
    } finally {
      await server.stop();
      // Tools that the server had started may outlive it by a moment.
      await until(() => spawnSync('umount', [media]).status === 0, { what: 'umount' });
    }
  },
);
