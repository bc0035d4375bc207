import { execFile } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DataSource } from 'typeorm';
import { ServiceKeysService } from '../../src/service-keys/service-keys.service.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import type { TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { clip } from '../support/clips.js';
import { filesBelow } from '../support/files.js';
import { makePerson, type Person } from '../support/people.js';
import { sendRaw, signInHeader, type Call, type KeyPair } from '../support/sigv4-signer.js';
import { until } from '../support/until.js';
import { createWatchedGround, type WatchedGround } from '../support/watched-ground.js';

const run = promisify(execFile);

/** One for each rendition. */
const FOLDERS = ['v180p', 'v90p', 'sound'];

let ground: WatchedGround;
/** Without a worker: what is uploaded waits. */
let app: TestApp;
let ada: Person;
let keys: KeyPair;
let folder: string;

beforeAll(async () => {
  ground = await createWatchedGround({ ENCODE_LADDER: '180' });
  app = await ground.start('api');
  ada = await makePerson(app);
  const { key, secretAccessKey } = await app.app.get(ServiceKeysService).create('transcoder');
  keys = { accessKeyId: key.accessKeyId, secretAccessKey };
  folder = await mkdtemp(path.join(tmpdir(), 'videoflix-transcoder-'));
  await encode();
});
afterAll(async () => {
  await ground.remove();
  await rm(folder, { recursive: true, force: true });
});

let calls = 0;

/** Sends what a transcoder has signed; no two calls are the same, as a signature counts once. */
async function call(method: string, url: string, body?: unknown): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, `${app.origin}/api/v1/upload/videos/`);
  calls += 1;
  const signed: Call = {
    method,
    path: pathname,
    query: Object.fromEntries(searchParams),
    headers: {
      'x-call': `${calls}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  return sendRaw(app.origin, await signInHeader(signed, { keys, host: new URL(app.origin).host }));
}

const enter = (id: string, status: string) => call('PATCH', `${id}/status?status=${status}`);

/** What an external transcoder makes of the clip `long`: two sizes and a sound track. */
async function encode(): Promise<void> {
  const hls = (name: string) => [
    ...['-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'],
    ...['-hls_fmp4_init_filename', 'init.mp4'],
    ...['-hls_segment_filename', path.join(folder, name, 'part%03d.m4s')],
    path.join(folder, name, 'index.m3u8'),
  ];
  const picture = (size: string) => [
    ...['-map', '0:v', '-vf', `scale=${size}`, '-c:v', 'libx264', '-preset', 'ultrafast'],
    ...['-g', '50', '-sc_threshold', '0'],
  ];
  for (const name of FOLDERS) await mkdir(path.join(folder, name));
  await run('ffmpeg', [
    ...['-hide_banner', '-loglevel', 'error', '-i', await clip('long')],
    ...[...picture('320:180'), ...hls('v180p'), ...picture('160:90'), ...hls('v90p')],
    ...['-map', '0:a', '-c:a', 'aac', '-b:a', '64k', ...hls('sound')],
  ]);
}

/** Puts what was encoded below a prefix; some names are left out. */
async function put(prefix: string, leftOut: readonly string[] = []): Promise<void> {
  const storage = app.app.get(MediaStorage);
  for (const name of FOLDERS) {
    for (const file of await readdir(path.join(folder, name))) {
      if (leftOut.includes(`${name}/${file}`)) continue;
      await storage.write(
        `${prefix}${name}/${file}`,
        createReadStream(path.join(folder, name, file)),
      );
    }
  }
}

const playlistsBelow = (prefix: string) => [
  { playlist_key: `${prefix}v180p/index.m3u8` },
  { playlist_key: `${prefix}v90p/index.m3u8` },
  { playlist_key: `${prefix}sound/index.m3u8`, language: 'de' },
];

/** Does something while a worker makes what waits. */
async function withWorker<T>(work: () => Promise<T>): Promise<T> {
  const worker = await ground.start('worker');
  try {
    return await work();
  } finally {
    await worker.close();
  }
}

/** Uploads a clip and takes it at once; the answer says where renditions go. */
async function taken(): Promise<{ id: string; prefix: string }> {
  const id = await ada.client.uploadVideo(await clip('long'));
  const { status, body } = await enter(id, 'IN_PROGRESS');
  expect([status, body.processing_status]).toEqual([200, 'IN_PROGRESS']);
  return { id, prefix: body.output_prefix };
}

async function sourceKeyOf(id: string): Promise<string> {
  const [row] = await app.app
    .get(DataSource)
    .query<{ source_key: string }[]>('SELECT source_key FROM videos WHERE id = $1', [id]);
  return row?.source_key ?? '';
}

describe('a video by the key of its source', () => {
  test('is found with slashes, and with %2F for them', async () => {
    const id = await ada.client.uploadVideo(await clip('silent'), { title: 'By key' });
    const key = await sourceKeyOf(id);
    expect(key).toMatch(/^uploads\/users\/[^/]+\/videos\/\d+_silent\.mp4$/);
    for (const form of [key, encodeURIComponent(key)]) {
      const { status, body } = await call('GET', `by-key/${form}`);
      expect([status, body.id, body.title, body.video_s3_key]).toEqual([200, id, 'By key', key]);
    }
    const { body: waiting } = await call('GET', `by-key/${key}`);
    expect([waiting.processing_status, waiting.output_prefix]).toEqual(['IN_PROGRESS', null]);
    await withWorker(() => ada.client.settled(id));
    const { body } = await call('GET', `by-key/${key}`);
    expect([body.processing_status, body.output_prefix]).toEqual(['COMPLETED', null]);
  });

  test('is not found by a part of it, nor when it is deleted', async () => {
    const id = await ada.client.uploadVideo(await clip('silent'));
    const key = await sourceKeyOf(id);
    expect((await call('GET', `by-key/${key.slice(0, -1)}`)).status).toBe(404);
    expect((await call('GET', `by-key/${key}x`)).status).toBe(404);
    await ada.client.send('DELETE', `videos/${id}`);
    const { status, body } = await call('GET', `by-key/${key}`);
    expect([status, body.code]).toEqual([404, 'video.not_found']);
  });
});

describe('a title that a transcoder has made', () => {
  test('plays from beginning to end, in all its sizes, with its sound', async () => {
    const { id, prefix } = await taken();
    expect(prefix).toMatch(new RegExp(`^videos/${id}/[0-9a-f-]{36}/$`));
    await put(prefix);
    const registered = await call('POST', `${id}/renditions`, {
      renditions: playlistsBelow(prefix),
    });
    expect(registered.status).toBe(201);
    expect(registered.body.renditions).toMatchObject([
      { playlist_key: `${prefix}v180p/index.m3u8`, kind: 'video', width: 320, height: 180 },
      { playlist_key: `${prefix}v90p/index.m3u8`, kind: 'video', width: 160, height: 90 },
      { kind: 'audio', language: 'de', codecs: 'mp4a.40.2' },
    ]);
    expect((await ada.client.statusOf(id)).status).toBe('processing');
    const { status, body } = await enter(id, 'COMPLETED');
    expect([status, body.processing_status]).toEqual([200, 'COMPLETED']);

    expect(await ada.client.statusOf(id)).toMatchObject({
      status: 'ready',
      playable: true,
      progress: { percent: 100, stage: 'done' },
    });
    const playback = await ada.client.get(`videos/${id}/playback`);
    expect([playback.status, playback.body.dash_url]).toEqual([200, null]);
    const url = `${app.origin}${playback.body.hls_url}`;
    const master = await (await fetch(url)).text();
    expect(master.match(/RESOLUTION=\d+x\d+/g)).toEqual([
      'RESOLUTION=160x90',
      'RESOLUTION=320x180',
    ]);
    expect(master).toMatch(/CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2"/);
    expect(master).toContain('FRAME-RATE=25.000');
    expect(master).toContain('LANGUAGE="de"');
    const { stdout } = await run('ffprobe', [
      ...['-v', 'error', '-count_frames', '-of', 'json', '-i', url],
      ...['-show_entries', 'stream=codec_type,width,nb_read_frames'],
    ]);
    const { streams } = JSON.parse(stdout) as { streams: Record<string, unknown>[] };
    const pictures = streams.filter(({ codec_type: type }) => type === 'video');
    expect(pictures.map(({ nb_read_frames: frames }) => Number(frames))).toEqual([250, 250]);
    expect(streams.filter(({ codec_type: type }) => type === 'audio')).not.toEqual([]);
    await run('ffmpeg', ['-v', 'error', '-xerror', '-i', url, '-f', 'null', '-']);

    const usage = await ada.client.get('users/me/usage');
    expect(usage.status).toBe(200);
  });

  test('is let go by our own encoder, in the middle of its work', async () => {
    await ground.ffmpeg.readAt(1);
    await withWorker(async () => {
      const id = await ada.client.uploadVideo(await clip('long'));
      await until(async () => (await ada.client.statusOf(id)).playable, {
        what: 'a first segment',
      });
      const { pid = 0 } = (await ground.ffmpeg.runsOnSources()).at(-1) ?? {};
      const { status, body } = await enter(id, 'IN_PROGRESS');
      expect([status, body.output_prefix]).toEqual([200, expect.stringContaining(`videos/${id}/`)]);
      const again = await enter(id, 'IN_PROGRESS');
      expect([again.status, again.body.output_prefix]).toEqual([200, body.output_prefix]);
      await until(() => !existsSync(`/proc/${pid}`), { what: 'the end of ffmpeg' });
      const outputs = () => filesBelow(path.join(ground.dataDir, 'media', 'videos', id));
      await until(async () => (await outputs()).length === 0, { what: 'an empty folder' });
      await sleep(1500);
      expect(await outputs()).toEqual([]);
      const now = await ada.client.statusOf(id);
      expect([now.status, now.playable, now.renditions]).toEqual(['processing', false, []]);
    });
    await ground.ffmpeg.readAsFastAsPossible();
  });
});

describe('what a transcoder may say of a video', () => {
  test('follows the table of its states', async () => {
    const { id } = await taken();
    const early = await enter(id, 'COMPLETED');
    expect([early.status, early.body.code]).toEqual([409, 'video.state_conflict']);
    expect((await enter(id, 'IN_PROGRESS')).status).toBe(200);
    const failed = await enter(id, 'FAILED');
    expect([failed.status, failed.body.processing_status]).toEqual([200, 'FAILED']);
    expect(await ada.client.statusOf(id)).toMatchObject({
      status: 'failed',
      error: { code: 'processing.failed' },
    });
    for (const status of ['IN_PROGRESS', 'COMPLETED', 'FAILED']) {
      const refused = await enter(id, status);
      expect([status, refused.status, refused.body.code]).toEqual([
        status,
        409,
        'video.state_conflict',
      ]);
    }
    expect((await ada.client.post(`videos/${id}/retry`, {})).status).toBe(200);
    expect((await withWorker(() => ada.client.settled(id))).status).toBe('ready');
    for (const status of ['IN_PROGRESS', 'COMPLETED', 'FAILED']) {
      expect([status, (await enter(id, status)).status]).toEqual([status, 409]);
    }
  });

  test('counts no more once its uploader has cancelled', async () => {
    const { id, prefix } = await taken();
    await put(prefix);
    expect((await ada.client.post(`videos/${id}/cancel`)).status).toBe(200);
    const late = await call('POST', `${id}/renditions`, { renditions: playlistsBelow(prefix) });
    expect([late.status, late.body.code]).toEqual([409, 'video.state_conflict']);
    expect((await enter(id, 'COMPLETED')).status).toBe(409);
  });

  test('is one of three words about a video that is there', async () => {
    const { id } = await taken();
    for (const query of ['status=ready', 'status=', '', 'status=FAILED&why=x']) {
      const { status, body } = await call('PATCH', `${id}/status?${query}`);
      expect([query, status, body.code]).toEqual([query, 400, 'request.invalid']);
    }
    expect((await enter('not-an-id', 'FAILED')).status).toBe(400);
    expect((await enter('0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01', 'FAILED')).status).toBe(404);
  });
});

describe('renditions are refused', () => {
  let id: string;
  let prefix: string;

  beforeAll(async () => {
    ({ id, prefix } = await taken());
    await put(prefix, ['v90p/part002.m4s', 'sound/init.mp4']);
  });

  const register = (...names: string[]) =>
    call('POST', `${id}/renditions`, {
      renditions: names.map((name) => ({ playlist_key: `${prefix}${name}` })),
    });

  /** Puts a playlist of somebody's own making over the segments of `v180p`. */
  async function putPlaylist(text: string): Promise<void> {
    await app.app.get(MediaStorage).write(`${prefix}v180p/index.m3u8`, Readable.from([text]));
  }

  test('of which a file is missing, and then none is kept', async () => {
    for (const name of ['v90p', 'sound', 'none']) {
      const { status, body } = await register('v180p/index.m3u8', `${name}/index.m3u8`);
      expect([name, status, body.code]).toEqual([name, 422, 'rendition.unusable']);
    }
    expect((await ada.client.statusOf(id)).renditions).toEqual([]);
  });

  test('that lie anywhere but in a folder of the revision', async () => {
    const names = ['index.m3u8', '../v180p/index.m3u8', 'v180p/x/index.m3u8', 'v180p/other.m3u8'];
    for (const name of [...names, '.v180p/index.m3u8', '/index.m3u8']) {
      const { status, body } = await register(name);
      expect([name, status, body.code]).toEqual([name, 400, 'request.invalid']);
    }
    const elsewhere = [{ playlist_key: 'uploads/users/a/videos/index.m3u8' }];
    const { status } = await call('POST', `${id}/renditions`, { renditions: elsewhere });
    expect(status).toBe(400);
    expect((await register('v180p/index.m3u8', 'v180p/index.m3u8')).status).toBe(400);
    for (const body of [{}, { renditions: [] }, { renditions: [{}] }, []]) {
      expect((await call('POST', `${id}/renditions`, body)).status).toBe(400);
    }
  });

  test('whose playlist leads elsewhere, or is not whole', async () => {
    const head = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="init.mp4"\n';
    const end = '#EXT-X-ENDLIST\n';
    const line = (uri: string) => `#EXTINF:2,\n${uri}\n`;
    const wrong = {
      'no playlist': 'hello',
      'no end': head + line('part000.m4s'),
      'no segment': head + end,
      'no init': `#EXTM3U\n${line('part000.m4s')}${end}`,
      'a path upwards': head + line('../../../../secret.key') + end,
      'an address': head + line('http://127.0.0.1/part000.m4s') + end,
      'an absolute path': head + line('/etc/passwd') + end,
      'a segment twice': head + line('part000.m4s') + line('part000.m4s') + end,
      'a key': `${head}#EXT-X-KEY:METHOD=AES-128,URI="k"\n${line('part000.m4s')}${end}`,
      variants: `${head}#EXT-X-STREAM-INF:BANDWIDTH=1\n${line('part000.m4s')}${end}`,
      'a bad duration': `${head}#EXTINF:x,\npart000.m4s\n${end}`,
    };
    for (const [what, text] of Object.entries(wrong)) {
      await putPlaylist(text);
      const { status, body } = await register('v180p/index.m3u8');
      expect([what, status, body.code]).toEqual([what, 422, 'rendition.unusable']);
    }
  });

  test('that end long before another', async () => {
    await put(prefix);
    const head = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n#EXT-X-MAP:URI="init.mp4"\n';
    await putPlaylist(`${head}#EXTINF:2,\npart000.m4s\n#EXT-X-ENDLIST\n`);
    const { status, body } = await register('v180p/index.m3u8', 'v90p/index.m3u8');
    expect([status, body.code]).toEqual([422, 'rendition.unusable']);
    expect(body.detail).toMatch(/^v180p: it plays 2\.000 s of 10\.\d+ s\.$/);
  });

  test('whose files are no media', async () => {
    const file = path.join(folder, 'noise');
    await writeFile(file, Buffer.alloc(5000, 'noise'));
    const storage = app.app.get(MediaStorage);
    for (const name of ['init.mp4', 'part000.m4s']) {
      await put(prefix);
      await storage.write(`${prefix}v180p/${name}`, createReadStream(file));
      const { status, body } = await register('v180p/index.m3u8');
      expect([name, status, body.code]).toEqual([name, 422, 'rendition.unusable']);
    }
    await put(prefix);
    expect((await register('sound/index.m3u8')).status).toBe(201);
    const silentFilm = await enter(id, 'COMPLETED');
    expect([silentFilm.status, silentFilm.body.code]).toEqual([409, 'video.state_conflict']);
  });

  test('when they go between their registration and the end', async () => {
    await put(prefix);
    expect((await register('v180p/index.m3u8')).status).toBe(201);
    await app.app.get(MediaStorage).delete(`${prefix}v180p/part003.m4s`);
    const gone = await enter(id, 'COMPLETED');
    expect([gone.status, gone.body.code]).toEqual([422, 'rendition.unusable']);
    expect((await ada.client.statusOf(id)).status).toBe('processing');
    await put(prefix);
    expect((await enter(id, 'COMPLETED')).status).toBe(200);
  });
});
