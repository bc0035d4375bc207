import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseMediaPlaylist } from '../../../src/media/hls-media-playlist.js';
import {
  DEFAULT_ENCODING_SETTINGS,
  STREAMED_LOUDNESS,
} from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import { probeSource } from '../../../src/media-tools/ffprobe.js';
import { clipFolder, fastH264, picture } from './clips.js';
import { encodeIntoFolder } from './encoded.js';

const clips = clipFolder();
afterAll(() => clips.remove());

const ONSET_SECONDS = 2;
const FRAME_SECONDS = 1024 / 48_000;

/** Encodes a clip, and measures its sound as a player would hear it. */
async function soundOf(sourcePath: string, isNormalised: boolean) {
  const plan = planEncoding(await probeSource(sourcePath, { ffprobePath: 'ffprobe' }), {
    ...DEFAULT_ENCODING_SETTINGS,
    ...{ preset: 'ultrafast', rungShortSides: [72], remux: false },
    loudness: isNormalised ? STREAMED_LOUDNESS : undefined,
  });
  const [run] = plan.runs;
  if (!run) throw new Error('A plan has a run.');
  const outputDirectory = mkdtempSync(clips.path('out-'));
  await encodeIntoFolder(plan, run, { sourcePath, outputDirectory, threads: 2 });
  const read = (file: string) => readFileSync(join(outputDirectory, 'a0', file));
  const { segments } = parseMediaPlaylist(read('index.m3u8').toString());
  const input = Buffer.concat([read('init.mp4'), ...segments.map(({ uri }) => read(uri))]);
  const filters = 'ebur128=peak=true,silencedetect=noise=-60dB:d=0.5';
  const args = ['-hide_banner', '-i', 'pipe:0', '-af', filters, '-f', 'null', '-'];
  const said = spawnSync('ffmpeg', args, { input }).stderr.toString();
  const number = (pattern: RegExp) => Number([...said.matchAll(pattern)].at(-1)?.[1]);
  return {
    integratedLufs: number(/I: +(-?[\d.]+) LUFS/g),
    peakDb: number(/Peak: +(-?[\d.]+) dBFS/g),
    onsetSeconds: number(/silence_end: ([\d.]+)/g),
    segmentSeconds: segments.map(({ durationSeconds }) => durationSeconds),
    startSeconds: number(/start: (-?[\d.]+)/g),
  };
}

describe('normalised sound', () => {
  it.each([
    { name: 'a quiet mono track at 44.1 kHz', volume: 0.02, rate: 44_100, channels: 1 },
    { name: 'a loud stereo track', volume: 0.9, rate: 48_000, channels: 2 },
  ])('$name becomes as loud as any, at the same time', async ({ volume, rate, channels }) => {
    const noise = `anoisesrc=duration=7.37:color=pink:sample_rate=${rate},volume=${volume * 10}`;
    const inputs = ['-f', 'lavfi', '-i', `${noise},volume=0:enable='lt(t,${ONSET_SECONDS})'`];
    const codecs = [...fastH264, '-c:a', 'pcm_s16le', '-ac', `${channels}`];
    const clip = clips.make(`${rate}.mkv`, ...picture(7, 25, '128x72'), ...inputs, ...codecs);
    const [before, after] = [await soundOf(clip, false), await soundOf(clip, true)];
    expect(Math.abs(before.integratedLufs + 18)).toBeGreaterThan(3);
    expect(Math.abs(after.integratedLufs + 18)).toBeLessThan(1.5);
    expect(after.peakDb).toBeLessThan(-0.5);
    expect(after.startSeconds).toBe(0);
    expect(after.segmentSeconds).toEqual(before.segmentSeconds);
    expect(Math.abs(after.onsetSeconds - before.onsetSeconds)).toBeLessThan(FRAME_SECONDS);
    expect(Math.abs(after.onsetSeconds - ONSET_SECONDS)).toBeLessThan(FRAME_SECONDS);
  });

  it('stays silent where there is nothing to hear', async () => {
    const silence = ['-f', 'lavfi', '-i', 'anullsrc=r=48000:cl=stereo', '-t', '4'];
    const clip = clips.make('none.mkv', ...picture(4, 25, '128x72'), ...silence, ...fastH264);
    expect((await soundOf(clip, true)).integratedLufs).toBe(-70);
  });
});
