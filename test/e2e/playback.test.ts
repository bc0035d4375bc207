import { execFile } from 'node:child_process';
import { get } from 'node:http';
import path from 'node:path';
import { json } from 'node:stream/consumers';
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
import { query } from '../support/database.js';

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

async function title(name: ClipName, fields: Record<string, string> = {}): Promise<Title> {
  return titleOf(await clip(name), fields);
}

async function titleOf(file: string, fields: Record<string, string> = {}): Promise<Title> {
  const id = await anna.uploadVideo(file, fields);
  expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
  const playback = await playbackOf(anna, id);
  const master = parse(await text(playback.hls_url)) as types.MasterPlaylist;
  master.variants = master.variants.filter(({ isIFrameOnly }) => !isIFrameOnly);
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
      expect(list.segments.map(({ duration }) => Math.round(duration))).toEqual([2, 2, 2, 2, 2]);
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
    const real = await titleOf(
      sharedFile('media', 'big_buck_bunny_480p_30s.mp4') ?? (await clip('plain')),
    );
    const video = (await anna.get(`videos/${real.id}`)).body as VideoDto;
    const { seconds } = await decode(real.playback.hls_url);
    expect(Math.abs(seconds - (video.duration_seconds ?? 0))).toBeLessThan(0.5);
  });
});

/** Plays a link to its end; tells when the last picture and the last sound were over, in seconds. */
async function playInGStreamer(url: string): Promise<{ video: number; audio: number }> {
  const sink = 'fakesink sync=false silent=false';
  const args = [
    '-v',
    // With the HLS demuxer that is still worked on; the older one hangs now and then.
    'playbin3',
    `uri=${app.origin}${url}`,
    `video-sink=${sink}`,
    `audio-sink=${sink}`,
  ];
  const { stdout } = await run('gst-launch-1.0', args, { maxBuffer: 1e7, timeout: 60_000 }).catch(
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new Error(
        'GStreamer is missing: apt-get install gstreamer1.0-tools gstreamer1.0-plugins-base ' +
          'gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav',
      );
    },
  );
  expect(stdout).toContain('Got EOS from element "playbin3-0"');
  const end = (bin: string) => {
    const line = stdout
      .split('\n')
      .findLast((text) => text.includes(`${bin}/`) && text.includes('= chain '));
    const [, pts = '', duration = ''] = /pts: (\S+), duration: (\S+),/.exec(line ?? '') ?? [];
    return clockSeconds(pts) + clockSeconds(duration);
  };
  return { video: end('vbin'), audio: end('abin') };
}

/** `0:01:02.500000000` is 62.5. */
function clockSeconds(clock: string): number {
  return clock.split(':').reduce((seconds, part) => 60 * seconds + Number(part), 0);
}

describe('the links of a title', () => {
  test('say until when they are good', () => {
    const hours = (Date.parse(film.playback.expires_at) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(5.9);
    expect(hours).toBeLessThan(7.1);
  });

  test('are made for one viewer, and serve any of them', async () => {
    const other = await playbackOf(ben, film.id);
    expect(other.hls_url).not.toBe(film.playback.hls_url);
    expect((await media(other.hls_url)).status).toBe(200);
  });

  test('lead to the pictures as well', async () => {
    for (const url of [film.playback.poster_url, film.playback.thumbnail_url]) {
      const response = await media(url ?? '');
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    }
  });

  test('are not given to strangers', async () => {
    const { status } = await new Client(app.origin).get(`videos/${film.id}/playback`);
    expect(status).toBe(401);
  });

  test('are not given before there is something to play', async () => {
    const { id } = (await anna.upload(await clip('text'))).body as UploadedDto;
    await anna.settled(id);
    const { status, body } = await anna.get(`videos/${id}/playback`);
    expect([status, (body as Problem).code]).toEqual([409, 'video.not_playable']);
  });
});

describe('nothing is served', () => {
  const paths: Record<string, string> = {};

  beforeAll(async () => {
    const { hls_url, poster_url, thumbnail_url } = film.playback;
    const segment = await firstSegment(film);
    const init = path.posix.join(path.posix.dirname(segment), 'init.mp4');
    const [list = ''] = film.urls.video;
    Object.assign(paths, { hls_url, poster_url, thumbnail_url, segment, init, list });
  });

  /** Asks for every kind of file with another token in its link. */
  async function answersWith(token: (good: string) => string): Promise<string[]> {
    const answers = await Promise.all(
      Object.values(paths).map(async (url) => {
        const good = url.split('/')[2] ?? '';
        const response = await media(url.replace(good, token(good)));
        return `${response.status} ${((await response.json()) as Problem).code}`;
      }),
    );
    return [...new Set(answers)];
  }

  test.each<[string, (good: string) => string]>([
    ['a made-up token', () => 'x'.repeat(92)],
    ['half a token', (good) => good.slice(0, 40)],
    ['a token with a letter more', (good) => `${good}A`],
    ['a token with another end', (good) => good.slice(0, -2) + (good.endsWith('AA') ? 'BA' : 'AA')],
    ['a signed token that names another key', (good) => withByte(good, 0, 0x07)],
    ['a token with padding', (good) => `${good}=`],
    ['a signed token whose expiry was moved', (good) => withByte(good, 33, 0xff)],
    ['a signed token whose viewer was changed', (good) => withByte(good, 20, 0x01)],
    ['a signed token whose video was changed', (good) => withByte(good, 3, 0x01)],
  ])('for %s', async (_, token) => {
    expect(await answersWith(token)).toEqual(['401 media.invalid_token']);
  });

  test('without a token', async () => {
    for (const url of Object.values(paths)) {
      const [, , , ...rest] = url.split('/');
      for (const bare of [
        `/media/${rest.join('/')}`,
        `/media//${rest.join('/')}`,
        `/${rest.join('/')}`,
      ]) {
        const response = await media(bare);
        expect([401, 404]).toContain(response.status);
      }
    }
  });

  test('for the token of another title', async () => {
    const other = await title('silent');
    const token = other.playback.hls_url.split('/')[2] ?? '';
    expect(await answersWith(() => token)).toEqual(['404 media.not_found']);
  });

  test('for a token that has expired', async () => {
    setClock(new Date(Date.parse(film.playback.expires_at) + 1000));
    expect(await answersWith((good) => good)).toEqual(['401 media.expired_token']);
    setClock(new Date(Date.parse(film.playback.expires_at) - 60_000));
    expect((await media(film.playback.hls_url)).status).toBe(200);
  });

  test.each([
    '../../../../secret.key',
    '..%2f..%2f..%2fsecret.key',
    '%2e%2e/%2e%2e/secret.key',
    '..%252f..%252fsecret.key',
    '..\\..\\secret.key',
    '%2fetc%2fpasswd',
    '/etc/passwd',
    '%00',
    'master.m3u8%00.jpg',
    '%ff',
    '',
    '.',
    'v90p',
    'v90p/',
    'nothing.m4s',
  ])('outside the title: %s', async (trick) => {
    const base = path.posix.dirname(film.playback.hls_url).slice('/media/'.length);
    const { status, code } = await rawGet(`/media/${base}/${trick}`);
    expect([400, 404]).toContain(status);
    expect(code).toMatch(/^(media\.not_found|route\.not_found|request\.invalid)$/);
  });
});

/** Asks for a path as it is written, which `fetch` would tidy up. */
async function rawGet(url: string): Promise<{ status: number; code: string }> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(app.origin);
    get({ host: '127.0.0.1', port, path: url }, (response) => {
      json(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, code: (body as Problem).code });
      }, reject);
    }).on('error', reject);
  });
}

function withByte(token: string, at: number, mask: number): string {
  const bytes = Buffer.from(token, 'base64url');
  bytes.writeUInt8((bytes[at] ?? 0) ^ mask, at);
  return bytes.toString('base64url');
}

describe('a segment', () => {
  let url: string;
  let whole: Buffer;

  beforeAll(async () => {
    url = await firstSegment(film);
    whole = Buffer.from(await (await media(url)).arrayBuffer());
  });

  test('may be kept for ever and is known by its ETag', async () => {
    const { status, headers } = await media(url);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('video/iso.segment');
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('content-length')).toBe(`${whole.length}`);
    expect(headers.get('accept-ranges')).toBe('bytes');
    expect(headers.get('etag')).toMatch(/^"[^"]+"$/);
  });

  test('is not sent again to whoever has it', async () => {
    const etag = (await media(url)).headers.get('etag') ?? '';
    for (const known of [etag, `"other", ${etag}`, '*', `W/${etag}`]) {
      const response = await media(url, { headers: { 'if-none-match': known } });
      expect(response.status).toBe(304);
      expect((await response.arrayBuffer()).byteLength).toBe(0);
      expect(response.headers.get('etag')).toBe(etag);
    }
    const changed = await media(url, { headers: { 'if-none-match': '"other"' } });
    expect(changed.status).toBe(200);
  });

  test.each<[string, number, number | undefined]>([
    ['bytes=0-0', 0, 1],
    ['bytes=10-99', 10, 100],
    ['bytes=100-', 100, undefined],
    ['bytes=-50', -50, undefined],
    ['bytes=0-999999999', 0, undefined],
    ['bytes=-999999999', 0, undefined],
  ])('is sent in part: %s', async (range, start, end) => {
    const response = await media(url, { headers: { range } });
    const part = whole.subarray(start, end);
    expect(response.status).toBe(206);
    expect(Buffer.from(await response.arrayBuffer()).equals(part)).toBe(true);
    const from = start < 0 ? whole.length + start : start;
    expect(response.headers.get('content-range')).toBe(
      `bytes ${from}-${from + part.length - 1}/${whole.length}`,
    );
    expect(response.headers.get('content-length')).toBe(`${part.length}`);
  });

  test.each(['bytes=0-9,20-29', 'bytes=nonsense', 'lines=0-5', 'bytes='])(
    'is sent whole where a range is not understood: %s',
    async (range) => {
      const response = await media(url, { headers: { range } });
      expect(response.status).toBe(200);
      expect(Buffer.from(await response.arrayBuffer()).equals(whole)).toBe(true);
    },
  );

  test('has nothing beyond its end, and nobody keeps that answer', async () => {
    const response = await media(url, { headers: { range: `bytes=${whole.length}-` } });
    const { code } = (await response.json()) as Problem;
    expect([response.status, code]).toEqual([416, 'media.range_not_satisfiable']);
    expect(response.headers.get('content-range')).toBe(`bytes */${whole.length}`);
    expect(response.headers.get('cache-control') ?? '').not.toContain('immutable');
  });

  test('is sent whole to whoever holds a part of another version', async () => {
    const headers = { range: 'bytes=0-9', 'if-range': '"other"' };
    expect((await media(url, { headers })).status).toBe(200);
    const etag = (await media(url)).headers.get('etag') ?? '';
    const same = await media(url, { headers: { ...headers, 'if-range': etag } });
    expect(same.status).toBe(206);
  });

  test('answers HEAD as GET, without its bytes', async () => {
    const [head, got] = [await media(url, { method: 'HEAD' }), await media(url)];
    expect(head.status).toBe(200);
    expect((await head.arrayBuffer()).byteLength).toBe(0);
    for (const name of ['content-length', 'content-type', 'etag', 'cache-control']) {
      expect([name, head.headers.get(name)]).toEqual([name, got.headers.get(name)]);
    }
  });
});

test('a playlist is asked for again each time', async () => {
  for (const url of [film.playback.hls_url, ...film.urls.video]) {
    const response = await media(url);
    expect(response.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
    expect(response.headers.get('cache-control')).toContain('no-cache');
    const etag = response.headers.get('etag') ?? '';
    expect((await media(url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await media(url, { headers: { range: 'bytes=0-9' } })).status).toBe(200);
    expect((await media(url, { method: 'HEAD' })).status).toBe(200);
  }
});

describe('what a viewer may not see', () => {
  test('does not exist for them, and does for its owner', async () => {
    const { id, playback } = await title('silent', { visibility: 'PRIVATE' });
    const { status, body } = await ben.get(`videos/${id}/playback`);
    expect([status, (body as Problem).code]).toEqual([404, 'video.not_found']);
    expect((await media(playback.hls_url)).status).toBe(200);
  });

  test('also does not exist behind a link they got when they might', async () => {
    const { id } = await title('silent', { visibility: 'UNLISTED' });
    const { hls_url } = await playbackOf(ben, id);
    expect((await media(hls_url)).status).toBe(200);
    await makePrivate(id);
    const response = await media(hls_url);
    expect([response.status, ((await response.json()) as Problem).code]).toEqual([
      404,
      'media.not_found',
    ]);
  });

  async function makePrivate(id: string): Promise<void> {
    const sql = `UPDATE videos SET visibility = 'PRIVATE' WHERE id = $1`;
    await query(app.databaseUrl, sql, [id]);
  }

  test('is gone at once when it is deleted', async () => {
    const gone = await title('silent');
    const segment = await firstSegment(gone);
    expect((await media(segment)).status).toBe(200);
    expect((await anna.send('DELETE', `videos/${gone.id}`)).status).toBe(204);
    for (const url of [segment, gone.playback.hls_url, gone.playback.poster_url ?? '']) {
      expect((await media(url)).status).toBe(404);
    }
    expect((await anna.get(`videos/${gone.id}/playback`)).status).toBe(404);
  });
});
