import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, setOptions, types } from 'hls-parser';
import { codecString } from '../../../src/media/codec-strings.js';
import { byCodec } from '../../../src/media/encoders.js';
import { parseMediaPlaylist } from '../../../src/media/hls-media-playlist.js';
import { DEFAULT_ENCODING_SETTINGS } from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import { alignmentProblems, renditionProblems } from '../../../src/media/verify.js';
import { probeSource } from '../../../src/media-tools/ffprobe.js';
import { verifyRendition } from '../../../src/media-tools/verify-rendition.js';
import { multivariantOf } from '../../../src/pipeline/multivariant.js';
import { clipFolder, fastH264, picture } from './clips.js';
import { encodeIntoFolder } from './encoded.js';

const clips = clipFolder();
afterAll(() => clips.remove());

/** Encodes the last run of a clip's plan in all codecs. */
async function encodeAll(sourcePath: string) {
  const plan = planEncoding(await probeSource(sourcePath, { ffprobePath: 'ffprobe' }), {
    ...DEFAULT_ENCODING_SETTINGS,
    ...{ preset: 'ultrafast', rungShortSides: [72, 108] },
    encoders: ['x264', 'x265', 'svtav1'],
  });
  const run = plan.runs.at(-1);
  if (!run) throw new Error('A plan has a run.');
  const outputDirectory = mkdtempSync(clips.path('out-'));
  await encodeIntoFolder(plan, run, { sourcePath, outputDirectory, threads: 2 });
  const read = (...path: string[]) => readFileSync(join(outputDirectory, ...path));
  const list = (folder: string) => parseMediaPlaylist(read(folder, 'index.m3u8').toString());
  const whole = (folder: string) =>
    Buffer.concat([
      read(folder, 'init.mp4'),
      ...list(folder).segments.map(({ uri }) => read(folder, uri)),
    ]);
  return { plan, run, read, list, whole };
}
type Encoded = Awaited<ReturnType<typeof encodeAll>>;

/** When key frames are shown, as ffprobe reads them. */
function keyFrames({ whole }: Encoded, folder: string): number[] {
  const args = ['-v', 'error', '-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0', '-'];
  const text = execFileSync('ffprobe', args, { input: whole(folder) }).toString();
  return [...text.matchAll(/^([\d.]+),K/gm)].map(([, seconds]) => Number(seconds));
}

/** Frames of a rendition that decode; the first error is thrown. */
function decodedFrames({ whole }: Encoded, folder: string): number {
  const strict = ['-v', 'error', '-xerror', '-err_detect', 'explode', '-progress', 'pipe:1'];
  const args = [...strict, '-i', 'pipe:0', '-fps_mode', 'passthrough', '-f', 'null', '-'];
  const text = execFileSync('ffmpeg', args, { input: whole(folder) }).toString();
  return Number([...text.matchAll(/^frame=(\d+)/gm)].at(-1)?.[1]);
}

/** What may keep a title from being published, for each of its renditions and codecs. */
async function problems({ plan, run, read, list }: Encoded): Promise<string[]> {
  const found = run.video.map(async ({ folder }) => {
    const [first, ...rest] = list(folder).segments.map(({ uri }) => read(folder, uri));
    if (!first) return ['no segment'];
    const sample = { ...plan, init: read(folder, 'init.mp4'), first, last: rest.at(-1) };
    return [
      ...renditionProblems(list(folder), plan),
      ...(await verifyRendition(sample, { ffmpegPath: 'ffmpeg' })),
    ];
  });
  const aligned = byCodec(run.video).map((ladder) =>
    alignmentProblems(new Map(ladder.map(({ folder }) => [folder, list(folder)]))),
  );
  return [...(await Promise.all(found)), ...aligned].flat();
}

describe('the ladders of all codecs', () => {
  let encoded: Encoded;
  beforeAll(async () => {
    const clip = [...picture(7, 25, '192x108'), ...fastH264, '-g', '400'];
    encoded = await encodeAll(clips.make('steady.mp4', ...clip));
  });

  it('come from one decode, in folders of their own', () => {
    expect(encoded.plan.runs).toHaveLength(1);
    expect(encoded.run.video.map(({ folder }) => folder)).toEqual(
      ['v', 'hevc-v', 'av1-v'].flatMap((prefix) => [`${prefix}72p`, `${prefix}108p`]),
    );
  });

  it('have every frame of the source, and the same key frames', () => {
    for (const { folder } of encoded.run.video) {
      expect([folder, decodedFrames(encoded, folder)]).toEqual([folder, 175]);
      expect(keyFrames(encoded, folder)).toEqual([0, 2, 4, 6]);
    }
  });

  it('pass their verification', async () => {
    expect(await problems(encoded)).toEqual([]);
  });

  it('are listed one after the other, under names that players know', () => {
    setOptions({ strictMode: true });
    const { plan, run, read } = encoded;
    const codecs = run.video.map(({ folder }) => codecString(read(folder, 'init.mp4')));
    expect(codecs).toEqual([
      // x264's ultrafast stays below what High adds.
      ...['avc1.42c00a', 'avc1.42c00b', 'hvc1.1.6.L30.90', 'hvc1.1.6.L30.90'],
      // Chroma on the left of its pixels, as in MPEG-2.
      ...['av01.0.00M.08.0.111.01.01.01.0', 'av01.0.00M.08.0.111.01.01.01.0'],
    ]);
    const known = run.video.map(({ folder }, at) => [folder, { codec: codecs[at] ?? '' }] as const);
    const { variants } = parse(multivariantOf(plan, new Map(known))) as types.MasterPlaylist;
    expect(variants.map(({ uri }) => uri)).toEqual(
      run.video.map(({ folder }) => `${folder}/index.m3u8`),
    );
    expect(variants.map((variant) => variant.codecs)).toEqual(codecs);
    const [, h264 = 0, , hevc = 0, , av1 = 0] = variants.map(({ bandwidth }) => bandwidth);
    expect([hevc / h264, av1 / h264].map((share) => share.toFixed(1))).toEqual(['0.6', '0.5']);
  });
});

describe("beside a source's bitstream", () => {
  let encoded: Encoded;
  const sourceKeys = [0, 1.2, 3.4, 5];
  beforeAll(async () => {
    const forced = ['-force_key_frames', sourceKeys.join(), '-bf', '0', '-g', '400', '-crf', '40'];
    const clip = [...picture(7, 25, '192x108'), ...fastH264, '-profile:v', 'main', ...forced];
    encoded = await encodeAll(clips.make('keyed.mp4', ...clip));
  });

  it('HEVC has its key frames, and AV1 steady ones', () => {
    expect(encoded.plan.keyFrames).toBe('source');
    expect(encoded.run.video.map(({ folder }) => [folder, keyFrames(encoded, folder)])).toEqual([
      ['v72p', sourceKeys],
      ...['hevc-v72p', 'hevc-v108p'].map((folder) => [folder, sourceKeys]),
      ...['av1-v72p', 'av1-v108p'].map((folder) => [folder, [0, 2, 4, 6]]),
    ]);
  });

  it('they pass their verification, with every frame', async () => {
    expect(await problems(encoded)).toEqual([]);
    for (const { folder } of encoded.run.video) expect(decodedFrames(encoded, folder)).toBe(175);
  });
});
