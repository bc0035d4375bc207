import { execFile } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse, types } from 'hls-parser';
import { Redis } from 'ioredis';
import type { VideoDto, VideoMetadataDto, VideoStatusDto } from '../../src/catalogue/video.dto.js';
import { STAGES } from '../../src/catalogue/video.entity.js';
import { SweepTask } from '../../src/pipeline/sweep.task.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import type { Ground, TestApp } from '../support/app.js';
import { Client, signUp } from '../support/client.js';
import { clip, type ClipName } from '../support/clips.js';
import { query } from '../support/database.js';
import { filesBelow } from '../support/files.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import type { WatchedFfmpeg } from '../support/watched-ffmpeg.js';
import { createWatchedGround, type WatchedGround } from '../support/watched-ground.js';

const ALL_ROLES = 'api,worker,scheduler';

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedisServer();
});

afterAll(() => redis.stop());

const STORES = {
  PostgreSQL: {
    settings: () => ({}),
    empty: async ({ databaseUrl }: Ground) => {
      await query(databaseUrl, 'TRUNCATE bullmq.job CASCADE');
    },
  },
  Redis: {
    settings: () => ({ REDIS_URL: redis.url }),
    empty: async () => {
      const client = new Redis(redis.url);
      await client.flushall();
      await client.quit();
    },
  },
};

describe.each(['PostgreSQL', 'Redis'] as const)('with jobs in %s', (name) => {
  const store = STORES[name];
  let ground: WatchedGround;
  let ffmpeg: WatchedFfmpeg;
  let app: TestApp;
  let anna: Client;

  beforeAll(async () => {
    ground = await createWatchedGround({ ENCODE_LADDER: '90,180,360', ...store.settings() });
    ({ ffmpeg } = ground);
    app = await ground.start(ALL_ROLES);
    anna = await signUp(app, 'anna@example.com');
  });

  afterEach(async () => {
    await ffmpeg.readAsFastAsPossible();
    await ffmpeg.forgetRuns();
    // An encode that was slowed down would have the next ones begin with a small size.
    await query(ground.databaseUrl, 'UPDATE revisions SET encoded_pixels_per_second = NULL');
    expect(await filesBelow(path.join(ground.dataDir, 'scratch'))).toEqual([]);
  });

  afterAll(() => ground.remove());

  /** The process ends, and another one begins on the same installation. */
  async function restart(roles = ALL_ROLES): Promise<void> {
    await app.close();
    app = await ground.start(roles);
    anna = new Client(app.origin, anna.token);
  }

  async function upload(name: ClipName): Promise<string> {
    return anna.uploadVideo(await clip(name));
  }

  async function percentsUntilSettled(id: string): Promise<number[]> {
    const percents: number[] = [];
    await until(async () => {
      const { status, progress } = await anna.statusOf(id);
      percents.push(progress.percent);
      return status === 'ready' || status === 'failed';
    });
    return percents;
  }

  async function playbackOf(id: string): Promise<PlaybackDto> {
    return (await anna.get(`videos/${id}/playback`)).body as PlaybackDto;
  }

  async function playlist(url: string): Promise<types.Playlist> {
    return parse((await anna.get(url)).body as string);
  }

  /** The media playlists of a title, by way of its multivariant playlist. */
  async function mediaPlaylists(id: string): Promise<types.MediaPlaylist[]> {
    const { hls_url } = await playbackOf(id);
    const master = (await playlist(hls_url)) as types.MasterPlaylist;
    const variants = master.variants.filter(({ isIFrameOnly }) => !isIFrameOnly);
    const uris = variants.flatMap(({ uri, audio }) => [uri, ...audio.map((a) => a.uri)]);
    return Promise.all(
      [...new Set(uris)].map(
        async (uri) =>
          (await playlist(
            path.posix.join(path.posix.dirname(hls_url), uri ?? ''),
          )) as types.MediaPlaylist,
      ),
    );
  }

  /** What ffmpeg sees of a title from its first segment on, which waits for more to come. */
  async function framesPlayed(url: string): Promise<number> {
    const strict = ['-v', 'error', '-xerror', '-live_start_index', '0', '-progress', 'pipe:1'];
    const args = [...strict, '-i', app.origin + url, '-map', '0:v:0', '-f', 'null', '-'];
    const { stdout } = await promisify(execFile)('ffmpeg', args);
    return Number(
      stdout
        .match(/^frame=\d+/gm)
        ?.at(-1)
        ?.slice('frame='.length),
    );
  }

  describe('a video on its way', () => {
    const seen: VideoStatusDto[] = [];
    let id: string;
    let early: { kinds: (string | undefined)[]; lengths: number[] } | undefined;
    let watched: Promise<number> | undefined;

    beforeAll(async () => {
      await ffmpeg.readAt(4);
      id = await upload('long');
      await until(async () => {
        const now = await anna.statusOf(id);
        seen.push(now);
        if (now.playable && now.status === 'processing' && !early) {
          watched = framesPlayed((await playbackOf(id)).hls_url);
          const lists = await mediaPlaylists(id);
          early = {
            kinds: lists.map((list) => list.playlistType),
            lengths: lists.map((list) => list.segments.length),
          };
        }
        return now.status === 'ready';
      });
    });

    test('goes through the stages in their order', () => {
      const stages = seen.map(({ progress }) => progress.stage);
      // It is queued twice: to be looked into, and then to be encoded.
      const sinceProbed = stages.slice(Math.max(0, stages.lastIndexOf('probing')));
      const positions = sinceProbed
        .map((stage) => (stage === 'probing' ? 'queued' : stage))
        .map((stage) => STAGES.indexOf(stage));
      expect(positions).toEqual([...positions].sort((a, b) => a - b));
      expect(new Set(seen.map(({ progress }) => progress.stage))).toContain('encoding');
    });

    test('shows a percentage that grows and never goes back', () => {
      const percents = seen.map(({ progress }) => progress.percent);
      expect(percents).toEqual([...percents].sort((a, b) => a - b));
      expect(percents.filter((percent) => percent > 2 && percent < 95).length).toBeGreaterThan(0);
      expect(percents.at(-1)).toBe(100);
    });

    test('can be played while it is still encoded, from a playlist that grows', () => {
      expect(early).toBeDefined();
      expect(new Set(early?.kinds)).toEqual(new Set(['EVENT']));
      expect(Math.min(...(early?.lengths ?? []))).toBeGreaterThanOrEqual(1);
      expect(Math.max(...(early?.lengths ?? []))).toBeLessThan(5);
    });

    test('plays to its last frame for whoever started to watch before it was ready', async () => {
      expect(await watched).toBe(250);
    });

    test('shows how far each rendition is', () => {
      const statuses = seen.flatMap(({ renditions }) => renditions.map(({ status }) => status));
      expect([...new Set(statuses)]).toEqual(expect.arrayContaining(['encoding', 'ready']));
      expect(seen.at(-1)).toMatchObject({
        status: 'ready',
        playable: true,
        progress: { percent: 100, stage: 'done' },
        renditions: [
          { name: 'v180p', status: 'ready' },
          { name: 'v90p', status: 'ready' },
          { name: 'a0', status: 'ready' },
        ],
        error: null,
      });
    });

    test('has whole playlists in the end', async () => {
      for (const list of await mediaPlaylists(id)) {
        expect(list).toMatchObject({ playlistType: 'VOD', endlist: true });
        expect(list.segments.map(({ duration }) => Math.round(duration))).toEqual([2, 2, 2, 2, 2]);
      }
    });

    test('is decoded once for all renditions and pictures', async () => {
      await anna.settled(await upload('long'));
      const runs = await ffmpeg.runsOnSources();
      expect(runs.map(({ args }) => args.filter((arg) => arg === '-i'))).toEqual([['-i']]);
    });

    test('tells what its source is', async () => {
      const metadata = (await anna.get(`videos/${id}/metadata`)).body as VideoMetadataDto;
      expect(metadata).toMatchObject({
        id,
        filename: 'long.mp4',
        status: 'ready',
        duration: '00:00:10',
        duration_seconds: expect.closeTo(10, 1) as number,
        resolution: '320x180',
        fps: 25,
        codec: 'h264',
      });
    });
  });

  test('a video has a thumbnail of 320 pixels and a poster', async () => {
    const id = await upload('plain');
    expect(await anna.settled(id)).toMatchObject({ status: 'ready' });
    const video = (await anna.get(`videos/${id}`)).body as VideoDto;
    expect(await imageSize(video.thumbnail_url)).toEqual({ width: 320, height: 180 });
    expect((await imageSize(video.poster_url)).width).toBeGreaterThan(320);
  });

  /** Fetches a picture as a browser would: without any header of ours. */
  async function imageSize(url: string | null) {
    const response = await fetch(app.origin + (url ?? ''));
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    const file = path.join(ground.dataDir, 'picture.jpg');
    await writeFile(file, Buffer.from(await response.arrayBuffer()));
    const entries = ['-show_entries', 'stream=width,height', '-of', 'json'];
    const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', ...entries, file]);
    return (JSON.parse(stdout) as { streams: [{ width: number; height: number }] }).streams[0];
  }

  describe('nothing is lost when', () => {
    test('the worker stops in the middle of an encode', async () => {
      await ffmpeg.readAt(2);
      const id = await upload('long');
      await until(async () => (await anna.statusOf(id)).playable, { what: 'the first segment' });
      const began = Date.now();
      await app.close();
      expect(Date.now() - began).toBeLessThan(20_000);
      expect(await scratchIsEmpty()).toBe(true);
      await ffmpeg.readAsFastAsPossible();
      app = await ground.start(ALL_ROLES);
      anna = new Client(app.origin, anna.token);
      expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
      expect(await ffmpeg.runsOnSources()).toHaveLength(2);
      for (const list of await mediaPlaylists(id)) expect(list.segments).toHaveLength(5);
    });

    test('the encoder is killed, not even for whoever is watching', async () => {
      await ffmpeg.readAt(2);
      const id = await upload('long');
      await until(async () => (await anna.statusOf(id)).playable, { what: 'the first segment' });
      await ffmpeg.readAt(8);
      const percents = percentsUntilSettled(id);
      const watched = framesPlayed((await playbackOf(id)).hls_url);
      const [run] = await ffmpeg.runsOnSources();
      process.kill(run?.pid ?? 0, 'SIGKILL');
      expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
      expect(await percents).toEqual([...(await percents)].sort((a, b) => a - b));
      expect(await watched).toBe(250);
      expect(await ffmpeg.runsOnSources()).toHaveLength(2);
    });

    test('the storage fails for a while', async () => {
      const repair = await breakStorage();
      const id = await upload('plain');
      await until(
        async () => (await ffmpeg.runsOnSources()).length > 0 && (await scratchIsEmpty()),
        {
          what: 'the end of the first attempt',
        },
      );
      expect(await anna.statusOf(id)).toMatchObject({ status: 'processing', playable: false });
      await repair();
      expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
    });

    test('its job is lost', async () => {
      await restart('api');
      const id = await upload('silent');
      await store.empty(ground);
      await restart();
      await makeOld(id);
      await app.app.get(SweepTask, { strict: false }).sweep();
      expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
    });
  });

  test('a storage that does not recover is told in the end, and the source is kept', async () => {
    const repair = await breakStorage();
    const before = await sources();
    const id = await upload('plain');
    const { status, playable, error } = await anna.settled(id);
    expect({ status, playable, code: error?.code }).toEqual({
      status: 'failed',
      playable: false,
      code: 'processing.failed',
    });
    expect(await ffmpeg.runsOnSources()).toHaveLength(3);
    await repair();
    expect(await sources()).toHaveLength(before.length + 1);
  });

  test('a segment that gets lost is not blamed on the source, which is kept', async () => {
    await ffmpeg.readAt(4);
    const before = await sources();
    const id = await upload('long');
    await until(async () => (await anna.statusOf(id)).playable, { what: 'the first segment' });
    const outputs = path.join(ground.dataDir, 'media', 'videos', id);
    const segment = (await filesBelow(outputs)).find((name) => name.endsWith('.m4s')) ?? '';
    await rm(path.join(outputs, segment));
    expect(await anna.settled(id)).toMatchObject({
      status: 'failed',
      playable: false,
      error: { code: 'processing.failed', log_tail: [expect.stringContaining('is missing')] },
    });
    expect(await sources()).toHaveLength(before.length + 1);
    expect(await filesBelow(outputs)).toEqual([]);
  });

  async function sources(): Promise<string[]> {
    return filesBelow(path.join(ground.dataDir, 'media', 'uploads'));
  }

  /** Puts the outputs' folder out of reach: a file lies where it should be. */
  async function breakStorage(): Promise<() => Promise<void>> {
    const folder = path.join(ground.dataDir, 'media', 'videos');
    await rename(folder, `${folder}.away`);
    await writeFile(folder, 'in the way');
    return async () => {
      await rm(folder);
      await rename(`${folder}.away`, folder);
    };
  }

  async function scratchIsEmpty(): Promise<boolean> {
    return (await filesBelow(path.join(ground.dataDir, 'scratch'))).length === 0;
  }

  async function makeOld(videoId: string): Promise<void> {
    const hourAgo = `UPDATE videos SET updated_at = now() - interval '1 hour' WHERE id = $1`;
    await query(ground.databaseUrl, hourAgo, [videoId]);
  }
});
