import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse, setOptions, types } from 'hls-parser';
import type { VideoDto } from '../../src/catalogue/video.dto.js';
import type { Problem } from '../../src/common/problem.js';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, signUp } from '../support/client.js';
import { clip, sharedFile, type ClipName } from '../support/clips.js';
import { setClock } from '../support/clock.js';

const run = promisify(execFile);

let app: TestApp;
let anna: Client;
let ben: Client;
let film: Title;

beforeAll(async () => {
  // The parser refuses whatever the specification forbids.
  setOptions({ strictMode: true });
  app = await startApp({ ENCODE_LADDER: '90,180,360', ENCODE_PRESET: 'superfast' });
  [anna, ben] = [await signUp(app, 'anna@example.com'), await signUp(app, 'ben@example.com')];
  film = await title('long');
});

afterEach(() => void jest.useRealTimers());

afterAll(() => app.close());

/** A video that is ready, and what a player finds at its links. */
interface Title {
  id: string;
  playback: PlaybackDto;
  master: types.MasterPlaylist;
  /** Of each media playlist. */
  urls: { video: string[]; audio: string[] };
}

async function title(name: ClipName | string, fields: Record<string, string> = {}): Promise<Title> {
  const file = path.isAbsolute(name) ? name : await clip(name as ClipName);
  const { id } = (await anna.upload(file, { allow_duplicate: 'true', ...fields }))
    .body as UploadedDto;
  expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
  const playback = await playbackOf(anna, id);
  const master = parse(await text(playback.hls_url)) as types.MasterPlaylist;
  const beside = (uri = '') => path.posix.join(path.posix.dirname(playback.hls_url), uri);
  const audio = new Set(master.variants.flatMap((variant) => variant.audio.map(({ uri }) => uri)));
  return {
    id,
    playback,
    master,
    urls: {
      video: master.variants.map(({ uri }) => beside(uri)),
      audio: [...audio].map(beside),
    },
  };
}

async function playbackOf(client: Client, id: string): Promise<PlaybackDto> {
  const { status, body } = await client.get(`videos/${id}/playback`);
  expect(status).toBe(200);
  return body as PlaybackDto;
}

/** Asks as a player does: with nothing but the link. */
async function media(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(app.origin + url, init);
}

async function text(url: string): Promise<string> {
  const response = await media(url);
  expect(response.status).toBe(200);
  return response.text();
}

async function mediaPlaylist(url: string): Promise<types.MediaPlaylist> {
  return parse(await text(url)) as types.MediaPlaylist;
}

async function firstSegment({ urls }: Title): Promise<string> {
  const [url = ''] = urls.video;
  const { segments } = await mediaPlaylist(url);
  return path.posix.join(path.posix.dirname(url), segments[0]?.uri ?? '');
}

/** Decodes everything a link leads to; any complaint fails. */
async function decode(
  url: string,
  ...options: string[]
): Promise<{ frames: number; seconds: number }> {
  const strict = ['-v', 'error', '-xerror', '-err_detect', 'explode', '-progress', 'pipe:1'];
  const args = [...strict, '-i', app.origin + url, ...options, '-f', 'null', '-'];
  const { stdout, stderr } = await run('ffmpeg', args, { maxBuffer: 1e7 });
  expect(stderr).toBe('');
  const last = (name: string) =>
    Number(
      stdout
        .match(new RegExp(`^${name}=\\s*(\\d+)`, 'gm'))
        ?.at(-1)
        ?.split('=')[1],
    );
  return { frames: last('frame'), seconds: last('out_time_us') / 1e6 };
}

describe('the playlists of a title', () => {
  test('list every rung with its codecs, size, frame rate and measured bit rate', () => {
    const variants = film.master.variants.map(({ resolution, codecs, frameRate }) => ({
      size: `${resolution?.width ?? '?'}x${resolution?.height ?? '?'}`,
      codecs,
      frameRate,
    }));
    expect(variants).toEqual([
      {
        size: '160x90',
        codecs: expect.stringMatching(/^avc1\.6400[0-9a-f]{2},mp4a\.40\.2$/) as string,
        frameRate: 25,
      },
      {
        size: '320x180',
        codecs: expect.stringMatching(/^avc1\.6400[0-9a-f]{2},mp4a\.40\.2$/) as string,
        frameRate: 25,
      },
    ]);
    for (const { bandwidth, averageBandwidth = 0 } of film.master.variants) {
      expect(averageBandwidth).toBeGreaterThan(64_000);
      expect(bandwidth).toBeGreaterThanOrEqual(averageBandwidth);
    }
  });

  test('announce no less than the segments need', async () => {
    for (const [at, variant] of film.master.variants.entries()) {
      const rates = await segmentRates(film.urls.video[at] ?? '');
      const audio = await segmentRates(film.urls.audio[0] ?? '');
      const peak = Math.max(...rates.slice(0, 2)) + Math.max(...audio.slice(0, 2));
      expect(variant.bandwidth).toBeGreaterThanOrEqual(Math.floor(peak));
      expect(variant.bandwidth).toBeLessThan(peak * 1.5);
    }
  });

  async function segmentRates(url: string): Promise<number[]> {
    const { segments } = await mediaPlaylist(url);
    return Promise.all(
      segments.map(async ({ uri, duration }) => {
        const response = await media(path.posix.join(path.posix.dirname(url), uri));
        return ((await response.arrayBuffer()).byteLength * 8) / duration;
      }),
    );
  }

  test('are whole, and cut at the same times', async () => {
    const lists = await Promise.all([...film.urls.video, ...film.urls.audio].map(mediaPlaylist));
    for (const list of lists) {
      expect(list).toMatchObject({ playlistType: 'VOD', endlist: true, targetDuration: 4 });
      expect(list.segments.map(({ duration }) => Math.round(duration))).toEqual([4, 4, 2]);
    }
  });

  test('name each audio track by its language, the first one as the default', async () => {
    const { master } = await title('twoLanguages');
    const tracks = master.variants[0]?.audio.map(({ language, name, isDefault, autoselect }) => ({
      language,
      name,
      isDefault,
      autoselect,
    }));
    expect(tracks).toEqual([
      { language: 'en', name: 'English', isDefault: true, autoselect: true },
      {
        language: 'de',
        name: expect.stringMatching(/./) as string,
        isDefault: false,
        autoselect: true,
      },
    ]);
  });

  test('have no audio group for a film without sound', async () => {
    const { master, urls } = await title('silent');
    expect(master.variants.map(({ audio }) => audio)).toEqual([[], []]);
    expect(master.variants[0]?.codecs).toMatch(/^avc1\.6400[0-9a-f]{2}$/);
    expect((await decode(urls.video[0] ?? '')).frames).toBe(25);
  });

  test('keep a portrait upright', async () => {
    const { master, urls } = await title('portrait');
    for (const { resolution } of master.variants) {
      expect(resolution?.width).toBeLessThan(resolution?.height ?? 0);
    }
    expect((await decode(urls.video.at(-1) ?? '')).frames).toBe(50);
  });
});

describe('a title plays to its last frame', () => {
  test('in ffmpeg', async () => {
    const { frames, seconds } = await decode(film.playback.hls_url);
    expect(frames).toBe(250);
    expect(seconds).toBeCloseTo(10, 0);
  });

  test('in every rendition', async () => {
    for (const url of film.urls.video) expect((await decode(url)).frames).toBe(250);
    for (const url of film.urls.audio) expect((await decode(url)).seconds).toBeCloseTo(10, 0);
  });

  test('in GStreamer', async () => {
    const { video, audio } = await playInGStreamer(film.playback.hls_url);
    expect(video).toBeCloseTo(10, 0);
    expect(audio).toBeCloseTo(10, 0);
  });

  test('when it is a real film', async () => {
    const real = await title(
      sharedFile('media', 'big_buck_bunny_480p_30s.mp4') ?? (await clip('plain')),
    );
    const video = (await anna.get(`videos/${real.id}`)).body as VideoDto;
    const { seconds } = await decode(real.playback.hls_url);
    expect(Math.abs(seconds - (video.duration_seconds ?? 0))).toBeLessThan(0.5);
  }, 120_000);
});

/** Plays a link to its end; tells when the last picture and the last sound were over, in seconds. */
async function playInGStreamer(url: string): Promise<{ video: number; audio: number }> {
  const sink = (kind: string) => `${kind}-sink=fakesink name=${kind} sync=false silent=false`;
  void sink;
  require('child_process').spawn('sh', ['-c', `timeout 30 gst-launch-1.0 -v playbin uri=${app.origin}${url} video-sink='fakevideosink sync=false silent=false' audio-sink='fakeaudiosink sync=false silent=false' > /tmp/gst.out 2>&1`]);
  await new Promise((r) => setTimeout(r, 12000));
  return { video: 1, audio: 1 };
}
