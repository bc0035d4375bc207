import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { boxes } from '../../../src/media/iso-bmff.js';
import { DEFAULT_ENCODING_SETTINGS } from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import { sheetFile } from '../../../src/media/storyboard.js';
import { probeSource } from '../../../src/media-tools/ffprobe.js';
import { clipFolder, fastH264, tone } from './clips.js';
import { encodeIntoFolder } from './encoded.js';

const clips = clipFolder();
afterAll(() => clips.remove());

const settings = { ...DEFAULT_ENCODING_SETTINGS, preset: 'ultrafast', rungShortSides: [120] };

/** The grey of each second, from 16 to 235: no second is like the one before it. */
const greyOf = (second: number) => 16 + ((Math.floor(second) * 37) % 200);
const greys = (seconds: number, rate: number | string, size = '64x36') => {
  const grey = "geq=lum='16+mod(floor(T)*37,200)':cb=128:cr=128";
  return ['-f', 'lavfi', '-i', `color=size=${size}:rate=${rate}:duration=${seconds},${grey}`];
};

/** Encodes a clip of greys as the pipeline does. */
async function encode(name: string, inputs: string[]) {
  const sourcePath = clips.make(name, ...inputs, ...fastH264, '-c:a', 'aac', '-crf', '5');
  const plan = planEncoding(await probeSource(sourcePath, { ffprobePath: 'ffprobe' }), settings);
  const run = plan.runs.find(({ stills }) => stills);
  const { storyboard, preview } = run?.stills ?? {};
  if (!run || !storyboard || !preview) throw new Error('A plan has a storyboard and a preview.');
  const outputDirectory = mkdtempSync(clips.path('out-'));
  await encodeIntoFolder(plan, run, { sourcePath, outputDirectory, threads: 2 });
  return {
    storyboard,
    preview: join(outputDirectory, 'preview.mp4'),
    sheets: join(outputDirectory, 'storyboard'),
  };
}
type Encoded = Awaited<ReturnType<typeof encode>>;

/** The grey in the middle of each tile, in the range of video. */
function tiles({ storyboard, sheets }: Encoded): number[] {
  const { tile, columns, rows, count } = storyboard;
  const pictures = Array.from({ length: storyboard.sheets }, (_, at) => {
    const path = join(sheets, sheetFile(at + 1));
    expect(probe(path, 'width,height')).toEqual([columns * tile.width, rows * tile.height]);
    const args = ['-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'];
    return execFileSync('ffmpeg', args, { maxBuffer: 1e8 });
  });
  return Array.from({ length: count }, (_, at) => {
    const inSheet = at % (columns * rows);
    const x = (inSheet % columns) * tile.width + tile.width / 2;
    const y = Math.floor(inSheet / columns) * tile.height + tile.height / 2;
    const grey = pictures[Math.floor(at / (columns * rows))]?.[y * columns * tile.width + x] ?? -1;
    return 16 + (grey * 219) / 255;
  });
}

/** Numbers that ffprobe tells of the first stream. */
function probe(path: string, entries: string): number[] {
  const show = ['-select_streams', 'v:0', '-show_entries', `stream=${entries}`];
  const args = ['-v', 'error', ...show, '-of', 'default=nw=1:nk=1', path];
  const text = execFileSync('ffprobe', args).toString().trim();
  return text.split('\n').map((value) => {
    const [numerator = NaN, denominator = 1] = value.split('/').map(Number);
    return numerator / denominator;
  });
}

/** The grey of each frame of a preview. */
function previewFrames(path: string): number[] {
  const args = ['-v', 'error', '-i', path, '-vf', 'scale=1:1', '-f', 'rawvideo'];
  return [...execFileSync('ffmpeg', [...args, '-pix_fmt', 'yuv420p', '-'])].filter(
    (_, at) => at % 3 === 0,
  );
}

describe('a storyboard', () => {
  it.each([
    ['half a second', 0.5, '25', 1],
    ['seven seconds', 7, '25', 1],
    ['almost seven seconds of NTSC', 6.9, '30000/1001', 1],
    ['130 seconds', 130, '10', 1],
    ['four minutes', 240, '4', 2],
  ])('of %s shows each moment in its tile', async (_, seconds, rate, sheetCount) => {
    const encoded = await encode(`${seconds}.mkv`, greys(seconds, rate));
    const { storyboard } = encoded;
    const { intervalSeconds, count, sheets } = storyboard;
    expect(sheets).toBe(sheetCount);
    expect(readdirSync(encoded.sheets)).toHaveLength(sheetCount);
    const shown = tiles(encoded);
    expect(shown).toHaveLength(Math.ceil(seconds / intervalSeconds));
    expect(count).toBe(shown.length);
    for (const [at, grey] of shown.entries()) {
      expect(Math.abs(grey - greyOf(at * intervalSeconds))).toBeLessThan(6);
    }
  });

  it('of a single frame has one tile', async () => {
    const encoded = await encode('frame.mkv', [...greys(1, 25), '-frames:v', '1']);
    expect(tiles(encoded)).toHaveLength(1);
    expect(probe(encoded.preview, 'nb_frames')).toEqual([1]);
  });

  it('shows the last frame for as long as the sound goes on', async () => {
    const encoded = await encode('frozen.mkv', [...greys(3, 25), ...tone(6)]);
    const shown = tiles(encoded).map(Math.round);
    expect(shown.length).toBeGreaterThanOrEqual(6);
    for (const grey of shown.slice(2)) expect(Math.abs(grey - greyOf(2))).toBeLessThan(6);
  });

  it('has no empty tile where the picture ends a little before the sound', async () => {
    const encoded = await encode('early.mkv', [...greys(3, 25), ...tone(3.3)]);
    const shown = tiles(encoded);
    expect(shown).toHaveLength(4);
    expect(Math.abs((shown[3] ?? 0) - greyOf(2))).toBeLessThan(6);
  });
});

describe('a hover preview', () => {
  it.each([
    ['a film', 20, 25, 12.5],
    ['a fast one', 10, 60, 15],
    ['a slow one', 20, 10, 10],
    ['a short one', 0.5, 24, 12],
  ])(
    'of %s is small, silent, at most 15 frames a second',
    async (_, seconds, rate, previewRate) => {
      const inputs = [...greys(seconds, rate, '640x360'), ...tone(seconds)];
      const { preview } = await encode(`preview-${rate}.mkv`, inputs);
      const lasts = Math.min(3, seconds);
      expect(probe(preview, 'width,height')).toEqual([214, 120]);
      expect(probe(preview, 'r_frame_rate')).toEqual([previewRate]);
      expect(Math.abs((probe(preview, 'duration')[0] ?? 0) - lasts)).toBeLessThan(0.1);
      expect(statSync(preview).size).toBeLessThan(310_000);
      const types = boxes(readFileSync(preview)).map(({ type }) => type);
      expect(types.indexOf('moov')).toBeLessThan(types.indexOf('mdat'));
      const streams = ['-v', 'error', '-show_entries', 'stream=codec_name', '-of', 'csv=p=0'];
      expect(
        execFileSync('ffprobe', [...streams, preview])
          .toString()
          .trim(),
      ).toBe('h264');
    },
  );

  it('starts at a fifth of the title', async () => {
    const { preview } = await encode('fifth.mkv', greys(20, 25));
    const shown = previewFrames(preview);
    expect(Math.abs((shown[1] ?? 0) - greyOf(4))).toBeLessThan(6);
    expect(Math.abs((shown.at(-2) ?? 0) - greyOf(6))).toBeLessThan(6);
  });

  it('stays below 300 kB, whatever is shown', async () => {
    const noise = 'nullsrc=size=640x360:rate=30:duration=5,geq=random(1)*255:128:128';
    const { preview } = await encode('noise.mkv', ['-f', 'lavfi', '-i', noise]);
    expect(statSync(preview).size).toBeLessThan(310_000);
  });
});
