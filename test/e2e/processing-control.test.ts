import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, Answer } from '../support/client.js';
import { clip, type ClipName } from '../support/clips.js';
import { query } from '../support/database.js';
import { filesBelow } from '../support/files.js';
import { makePerson } from '../support/people.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import type { WatchedFfmpeg } from '../support/watched-ffmpeg.js';
import { createWatchedGround, type WatchedGround } from '../support/watched-ground.js';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedisServer();
});

afterAll(() => redis.stop());

const STORES = {
  PostgreSQL: () => ({}),
  Redis: () => ({ REDIS_URL: redis.url }),
};

describe.each(['PostgreSQL', 'Redis'] as const)('with jobs in %s', (store) => {
  let ground: WatchedGround;
  let ffmpeg: WatchedFfmpeg;
  let anna: Client;
  let other: Client;
  let staff: Client;

  beforeAll(async () => {
    ground = await createWatchedGround({
      // One size, so that no small one is encoded while the others wait.
      ENCODE_LADDER: '180,360',
      ENCODE_CONCURRENCY: '1',
      ...STORES[store](),
    });
    ({ ffmpeg } = ground);
    // Two applications that share no more than their stores.
    const api = await ground.start('api,scheduler');
    await ground.start('worker');
    anna = (await makePerson(api)).client;
    other = (await makePerson(api)).client;
    staff = (await makePerson(api, { role: 'staff' })).client;
  });

  afterEach(async () => {
    await ffmpeg.readAsFastAsPossible();
    await ffmpeg.forgetRuns();
  });

  afterAll(() => ground.remove());

  async function upload(name: ClipName, fields: Record<string, string> = {}): Promise<string> {
    return anna.uploadVideo(await clip(name), fields);
  }

  const below = (...names: string[]) => filesBelow(path.join(ground.dataDir, ...names));
  const outputs = (id: string) => below('media', 'videos', id);

  /** A video in the middle of its encode, some of which can be watched; and the encoder's process. */
  async function uploadHeld(fields: Record<string, string> = {}, rate = 1) {
    await ffmpeg.readAt(rate);
    const id = await upload('long', fields);
    await until(async () => (await anna.statusOf(id)).playable, {
      seconds: 60,
      what: 'the first segment',
    });
    return { id, pid: (await ffmpeg.runsOnSources()).at(-1)?.pid ?? 0 };
  }

  async function goneWithin(pid: number, milliseconds: number): Promise<void> {
    const began = Date.now();
    while (isAlive(pid) && Date.now() - began < 10_000) await sleep(20);
    expect(Date.now() - began).toBeLessThan(milliseconds);
  }

  async function nothingIsLeft(id: string): Promise<void> {
    await until(async () => (await below('scratch')).length === 0, { what: 'an empty scratch' });
    // The worker removes what it had written before it stopped.
    await until(async () => (await outputs(id)).length === 0, { what: 'no output' });
    await sleep(700);
    expect(await outputs(id)).toEqual([]);
  }

  const conflict = (answer: Answer) => {
    expect([answer.status, answer.body.code]).toEqual([409, 'video.state_conflict']);
  };

  // A worker may have taken it up before the answer was made.
  const begunAnew = ({ status, body }: Answer) => {
    expect([status, body.playable, body.error]).toEqual([200, false, null]);
    expect(['pending', 'processing']).toContain(body.status);
  };

  describe('cancelling', () => {
    test('in the middle of an encode ends ffmpeg within two seconds and leaves nothing', async () => {
      const before = await below('media', 'uploads');
      const { id, pid } = await uploadHeld();
      expect(isAlive(pid)).toBe(true);
      const { status, body } = await anna.post(`videos/${id}/cancel`);
      expect([status, body.status, body.playable]).toEqual([200, 'cancelled', false]);
      await goneWithin(pid, 2000);
      await nothingIsLeft(id);
      expect(await below('media', 'uploads')).toHaveLength(before.length + 1);
      expect(await anna.statusOf(id)).toMatchObject({
        status: 'cancelled',
        playable: false,
        progress: { eta_seconds: null, queue_position: null },
        error: null,
      });
      await sleep(1500);
      expect(await ffmpeg.runsOnSources()).toHaveLength(1);
      conflict(await anna.post(`videos/${id}/cancel`));
    });

    test('can be undone by a retry', async () => {
      const { id, pid } = await uploadHeld();
      await anna.post(`videos/${id}/cancel`);
      await ffmpeg.readAsFastAsPossible();
      begunAnew(await anna.post(`videos/${id}/retry`));
      await goneWithin(pid, 2000);
      expect(await anna.settled(id)).toMatchObject({
        status: 'ready',
        playable: true,
        error: null,
      });
      const revisions = new Set((await outputs(id)).map((name) => name.split('/')[0]));
      expect(revisions.size).toBe(1);
      conflict(await anna.post(`videos/${id}/cancel`));
      conflict(await anna.post(`videos/${id}/retry`));
    });

    test('while it waits keeps it from ever being encoded', async () => {
      const held = await uploadHeld();
      const waiting = await upload('long');
      await until(async () => (await anna.statusOf(waiting)).progress.queue_position === 0);
      expect((await anna.post(`videos/${waiting}/cancel`)).status).toBe(200);
      await anna.post(`videos/${held.id}/cancel`);
      await goneWithin(held.pid, 2000);
      await sleep(1500);
      expect(await ffmpeg.runsOnSources()).toHaveLength(1);
      await nothingIsLeft(waiting);
    });

    test('is for its uploader and for staff', async () => {
      const { id, pid } = await uploadHeld({ visibility: 'PRIVATE' });
      expect((await other.post(`videos/${id}/cancel`)).status).toBe(404);
      await query(ground.databaseUrl, `UPDATE videos SET visibility = 'PUBLIC' WHERE id = $1`, [
        id,
      ]);
      expect((await other.post(`videos/${id}/cancel`)).status).toBe(403);
      expect((await other.post(`videos/${id}/retry`)).status).toBe(403);
      expect(isAlive(pid)).toBe(true);
      expect((await staff.post(`videos/${id}/cancel`)).status).toBe(200);
      await goneWithin(pid, 2000);
    });

    test('leaves what was published before to those who watch', async () => {
      const id = await upload('long');
      await anna.settled(id);
      const published = await outputs(id);
      const { thumbnail_url: image } = (await anna.get(`videos/${id}`)).body;
      await query(ground.databaseUrl, `UPDATE videos SET status = 'failed' WHERE id = $1`, [id]);
      await ffmpeg.forgetRuns();
      await ffmpeg.readAt(1);
      expect((await anna.post(`videos/${id}/retry`)).status).toBe(200);
      await until(async () => (await outputs(id)).length > published.length + 4);
      const pid = (await ffmpeg.runsOnSources()).at(-1)?.pid ?? 0;
      expect((await anna.post(`videos/${id}/cancel`)).body).toMatchObject({ playable: true });
      await goneWithin(pid, 2000);
      await until(async () => (await outputs(id)).length === published.length);
      expect(await outputs(id)).toEqual(published);
      const { hls_url } = (await anna.get(`videos/${id}/playback`)).body;
      expect((await anna.get(hls_url)).status).toBe(200);
      const { thumbnail_url } = (await anna.get(`videos/${id}`)).body;
      expect(path.posix.basename(thumbnail_url)).toBe(path.posix.basename(image));
      expect((await anna.get(thumbnail_url)).status).toBe(200);
    });
  });

  test('a deleted video is no longer encoded, and leaves nothing', async () => {
    const { id, pid } = await uploadHeld();
    expect((await anna.send('DELETE', `videos/${id}`)).status).toBe(204);
    await goneWithin(pid, 2000);
    await nothingIsLeft(id);
  });

  describe('retrying', () => {
    async function failed(): Promise<string> {
      const { id } = await uploadHeld();
      const lost = (await outputs(id)).find((name) => name.endsWith('.m4s')) ?? '';
      await rm(path.join(ground.dataDir, 'media', 'videos', id, lost));
      await anna.settled(id);
      await ffmpeg.readAsFastAsPossible();
      return id;
    }

    test('after a failure makes the video ready', async () => {
      const id = await failed();
      const { error, renditions } = await anna.statusOf(id);
      expect(error?.code).toBe('processing.failed');
      expect(error?.log_tail.length).toBeLessThanOrEqual(20);
      expect(new Set(renditions.map(({ status }) => status))).toEqual(new Set(['failed']));
      const unknown = await anna.post(`videos/${id}/retry`, { rendition: 'v8640p' });
      expect([unknown.status, unknown.body.errors]).toEqual([
        400,
        [{ field: 'rendition', message: expect.stringContaining('v8640p') as string }],
      ]);
      expect((await anna.post(`videos/${id}/retry`, { size: 1 })).status).toBe(400);
      begunAnew(await anna.post(`videos/${id}/retry`, { rendition: 'v180p' }));
      expect(await anna.settled(id)).toMatchObject({
        status: 'ready',
        playable: true,
        error: null,
      });
    });

    test('needs the file', async () => {
      const id = await upload('text');
      expect(await anna.settled(id)).toMatchObject({ status: 'failed' });
      const answer = await anna.post(`videos/${id}/retry`);
      conflict(answer);
      expect(answer.body.detail).toMatch(/file is gone/);
    });
  });

  test('who waits knows how many are before, and who is encoded when it will end', async () => {
    // Ten seconds take a whole minute: long enough for the others to get in line on a busy machine.
    const rate = 1 / 6;
    const first = await uploadHeld({}, rate);
    await ffmpeg.readAsFastAsPossible();
    const positionOf = async (id: string) => (await anna.statusOf(id)).progress.queue_position;
    const inLine = async () => {
      const id = await upload('silent');
      const what = 'a place in the line';
      await until(async () => (await positionOf(id)) !== null, { seconds: 60, what });
      return id;
    };
    // One after the other: two that are looked into at once may get in line in either order.
    const second = await inLine();
    const third = await inLine();
    const positions = await Promise.all([first.id, second, third].map(positionOf));
    expect(positions).toEqual([null, 0, 1]);
    expect((await anna.statusOf(third)).progress.stage).toBe('queued');
    const { eta_seconds: eta, percent } = await until(async () => {
      const { progress } = await anna.statusOf(first.id);
      return progress.eta_seconds !== null && progress;
    });
    const left = (10 / rate) * (1 - (percent - 2) / 93);
    expect(Math.abs((eta ?? 0) - left)).toBeLessThan(left * 0.3 + 3);
    await anna.post(`videos/${first.id}/cancel`);
    const nothingToWaitFor = { eta_seconds: null, queue_position: null };
    expect((await anna.statusOf(first.id)).progress).toMatchObject(nothingToWaitFor);
    for (const id of [second, third]) {
      expect(await anna.settled(id)).toMatchObject({ status: 'ready', progress: nothingToWaitFor });
    }
  }, 180_000);
});

/** False for a process that has ended, also while nobody has taken note of it. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
