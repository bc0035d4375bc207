import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { VideoDto } from '../../src/catalogue/video.dto.js';
import type { Problem } from '../../src/common/problem.js';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import { sheetsOf } from '../../src/media/storyboard.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, signUp } from '../support/client.js';
import { clip } from '../support/clips.js';
import { validCues } from '../support/webvtt.js';

const run = promisify(execFile);

let app: TestApp;
let anna: Client;
let video: VideoDto;
let playback: PlaybackDto;
let pending: VideoDto;

beforeAll(async () => {
  app = await startApp({ ENCODE_LADDER: '90,180' });
  anna = await signUp(app, 'anna@example.com');
  const { id } = (await anna.upload(await clip('long'))).body as UploadedDto;
  pending = (await anna.get(`videos/${id}`)).body as VideoDto;
  expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
  video = (await anna.get(`videos/${id}`)).body as VideoDto;
  playback = (await anna.get(`videos/${id}/playback`)).body as PlaybackDto;
});

afterAll(() => app.close());

/** Asks as a browser does for a picture: with nothing but the link. */
const media = (url: string | null) => fetch(app.origin + (url ?? '/none'));

const besideVtt = (name: string) =>
  path.posix.join(path.posix.dirname(playback.storyboard_vtt_url ?? ''), name);

test('a video has no previews before it has been encoded', () => {
  expect(pending.preview_url).toBeNull();
});

describe('a storyboard', () => {
  test('is WebVTT that covers the whole title', async () => {
    const response = await media(playback.storyboard_vtt_url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/vtt; charset=utf-8');
    const cues = validCues(await response.text());
    expect(cues.map(({ startTime }) => startTime)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(cues.at(-1)?.endTime).toBeCloseTo(video.duration_seconds ?? 0, 2);
    expect(cues[3]?.text).toBe('sheet_001.jpg#xywh=480,0,160,90');
  });

  test('names sheets that are there, and as large as they have to be', async () => {
    const sheets = sheetsOf(await (await media(playback.storyboard_vtt_url)).text());
    expect(sheets).toEqual(['sheet_001.jpg']);
    const response = await media(besideVtt('sheet_001.jpg'));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(await probed('sheet.jpg', bytes)).toMatchObject({
      codec_name: 'mjpeg',
      width: 1600,
      height: 90,
    });
  });
});

test('a hover preview is three silent seconds of H.264', async () => {
  const response = await media(video.preview_url);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('video/mp4');
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(bytes.length).toBeLessThan(310_000);
  const stream = await probed('preview.mp4', bytes);
  expect(stream).toMatchObject({ codec_name: 'h264', width: 320, height: 180 });
  expect(Number(stream['duration'])).toBeCloseTo(3, 1);
});

test('neither is served without a token, or with another one', async () => {
  const urls = [playback.storyboard_vtt_url ?? '', besideVtt('sheet_001.jpg'), video.preview_url];
  for (const url of urls) {
    const [, , token = '', ...rest] = (url ?? '').split('/');
    expect([401, 404]).toContain((await media(`/media/${rest.join('/')}`)).status);
    const forged = await media(`/media/${'x'.repeat(token.length)}/${rest.join('/')}`);
    expect([forged.status, ((await forged.json()) as Problem).code]).toEqual([
      401,
      'media.invalid_token',
    ]);
  }
  expect((await new Client(app.origin).get(`videos/${video.id}/playback`)).status).toBe(401);
});

/** What ffprobe says of the only stream of a file. */
async function probed(name: string, bytes: Buffer): Promise<Record<string, unknown>> {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'videoflix-probe-')), name);
  await writeFile(file, bytes);
  const { stdout } = await run('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', file]);
  const { streams } = JSON.parse(stdout) as { streams: Record<string, unknown>[] };
  expect(streams).toHaveLength(1);
  return streams[0] ?? {};
}
