import type { EncodingPlan } from '../../src/media/encoding-plan.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { signUp } from '../support/client.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { HardwareFfmpeg } from '../support/hardware-ffmpeg.js';
import { titleFacts } from '../support/title-facts.js';

/** The encoders of a video's plans, oldest first, as they are stored. */
async function storedEncoders({ databaseUrl }: TestApp, videoId: string): Promise<string[][]> {
  const sql = 'SELECT plan FROM revisions WHERE video_id = $1 ORDER BY created_at';
  const rows = await query<{ plan: EncodingPlan }>(databaseUrl, sql, [videoId]);
  return rows.map(({ plan }) =>
    plan.runs.flatMap(({ video }) => video.map(({ encoder }) => encoder)),
  );
}

/** Each rung is large enough for the hardware. */
const LADDER = '150,180';

describe.each([
  { state: 'works', encoders: [['nvenc', 'nvenc']], kinds: ['nvenc'] },
  { state: 'refused', encoders: [['x264', 'x264']], kinds: ['refused', 'x264'] },
  {
    state: 'lost',
    encoders: [
      ['nvenc', 'nvenc'],
      ['x264', 'x264'],
    ],
    kinds: ['nvenc', 'x264'],
  },
] as const)('with hardware that: $state', ({ state, encoders, kinds }) => {
  test('every video is published, and its plan says what it was encoded with', async () => {
    const ffmpeg = await HardwareFfmpeg.create(state);
    const app = await startApp({
      ...{ ENCODE_LADDER: LADDER, ENCODER: 'nvenc', FFMPEG_PATH: ffmpeg.path },
    });
    const anna = await signUp(app, 'anna@example.com');
    for (let upload = 1; upload <= 2; upload += 1) {
      const id = await anna.uploadVideo(await clip('long'));
      expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
      expect(await storedEncoders(app, id)).toEqual(encoders);
      const { hls_url } = (await anna.get(`videos/${id}/playback`)).body as PlaybackDto;
      const { pictures } = await titleFacts(app.origin + hls_url);
      expect(pictures.map(({ frames }) => frames)).toEqual([250, 250]);
    }
    const calls = await ffmpeg.calls();
    expect([...new Set(calls)].sort()).toEqual(kinds);
    // Tried once, whatever comes after.
    expect(calls.filter((call) => call === 'refused').length).toBeLessThanOrEqual(1);
    await app.close();
    await ffmpeg.remove();
  });
});

test('HEVC and AV1 are published beside H.264, to the last frame', async () => {
  const app = await startApp({ ENCODE_LADDER: '90,180', ENCODE_CODECS: 'h264,hevc,av1' });
  const anna = await signUp(app, 'anna@example.com');
  const id = await anna.uploadVideo(await clip('long'));
  expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
  expect(await storedEncoders(app, id)).toEqual([
    ...[['x264', 'x264', 'x265', 'x265', 'svtav1', 'svtav1']],
  ]);
  const { hls_url, dash_url } = (await anna.get(`videos/${id}/playback`)).body as PlaybackDto;
  const { pictures, sounds } = await titleFacts(app.origin + hls_url);
  expect(pictures.map(({ size, frames }) => [size, frames])).toEqual(
    [1, 2, 3].flatMap(() => [
      ['160x90', 250],
      ['320x180', 250],
    ]),
  );
  expect(new Set(pictures.map(({ color }) => color))).toEqual(new Set(['bt709 bt709 bt709']));
  expect(sounds).toHaveLength(1);
  const mpd = await (await fetch(app.origin + (dash_url ?? ''))).text();
  const codecs = mpd
    .split('contentType="video"')
    .slice(1)
    .map((set) => [...set.matchAll(/codecs="(avc1|hvc1|av01)\./g)].map(([, type]) => type));
  expect(codecs).toEqual(['avc1', 'hvc1', 'av01'].map((type) => [type, type]));
  await app.close();
});
