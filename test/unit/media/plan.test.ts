import fc from 'fast-check';
import { encodeArgs, renditionFolders, stillsFolders } from '../../../src/media/encode-args.js';
import { segmentLengths } from '../../../src/media/gop.js';
import { framesPerSecond } from '../../../src/media/frame-rate.js';
import { EncodingPlanSchema } from '../../../src/media/encoding-plan.js';
import { DEFAULT_ENCODING_SETTINGS } from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import type { AudioTrack } from '../../../src/media/source-info.js';
import { storyboardVtt } from '../../../src/media/storyboard.js';
import { validCues } from '../../support/webvtt.js';
import { source } from './sources.js';

const track = (changes: Partial<AudioTrack>): AudioTrack => ({
  index: 1,
  codec: 'aac',
  channels: 2,
  sampleRateHz: 48_000,
  isDefault: false,
  ...changes,
});

const mainRun = (...args: Parameters<typeof planEncoding>) => {
  const run = planEncoding(...args).runs[0];
  if (!run) throw new Error('A plan has a run.');
  return run;
};

const anySource = fc
  .record({
    durationSeconds: fc.double({ min: 0.04, max: 86_400, noNaN: true }),
    width: fc.integer({ min: 2, max: 8192 }),
    height: fc.integer({ min: 2, max: 8192 }),
    frameRate: fc.option(
      fc.oneof(
        fc.double({ min: 0.1, max: 240, noNaN: true }),
        fc.constantFrom(24, 30, 48, 60, 120, 240).map((rate) => rate / 1.001),
      ),
      { nil: undefined },
    ),
    isSteady: fc.boolean(),
    languages: fc.array(fc.constantFrom(undefined, 'en', 'de', 'zh-Hant'), { maxLength: 10 }),
    startSeconds: fc.double({ min: 0, max: 5, noNaN: true }),
  })
  .map(({ durationSeconds, width, height, frameRate, isSteady, languages, startSeconds }) =>
    source({
      durationSeconds,
      audio: languages.map((language, at) => track({ index: at + 1, language })),
      video: {
        ...{ displayWidth: width, displayHeight: height, frameRate, startSeconds },
        ...(isSteady ? { nominalFrameRate: frameRate } : {}),
      },
    }),
  );

describe('the encoding plan', () => {
  it('survives being stored as JSON', () => {
    fc.assert(
      fc.property(anySource, (any) => {
        const plan = planEncoding(any);
        const stored: unknown = JSON.parse(JSON.stringify(plan));
        expect(EncodingPlanSchema.parse(stored)).toEqual(plan);
      }),
    );
  });

  it('gives every rendition a folder and every track a name of its own', () => {
    fc.assert(
      fc.property(anySource, (any) => {
        const run = mainRun(any);
        const folders = renditionFolders(run);
        expect(new Set(folders).size).toBe(folders.length);
        expect(new Set(run.audio.map((audio) => audio.name)).size).toBe(run.audio.length);
        expect(run.audio.filter((audio) => audio.isDefault)).toHaveLength(run.audio.length && 1);
      }),
    );
  });

  it('cuts whole GOPs that last about four seconds', () => {
    fc.assert(
      fc.property(anySource, (any) => {
        const { segmentSeconds, firstSeconds } = segmentLengths(planEncoding(any));
        expect(segmentSeconds).toBeGreaterThan(2.5);
        expect(segmentSeconds).toBeLessThan(6);
        expect(segmentSeconds / firstSeconds).toBe(2);
      }),
    );
  });

  it('makes rungs that any player takes, the largest last and none larger than the source', () => {
    fc.assert(
      fc.property(anySource, (any) => {
        const { displayWidth, displayHeight } = any.video;
        const { video } = mainRun(any);
        expect(video.length).toBeGreaterThan(0);
        for (const [at, { width, height, maxBitrateBps }] of video.entries()) {
          expect([width % 2, height % 2]).toEqual([0, 0]);
          expect(width).toBeLessThanOrEqual(displayWidth);
          expect(height).toBeLessThanOrEqual(displayHeight);
          const before = video[at - 1];
          if (!before) continue;
          expect(width * height).toBeGreaterThan(before.width * before.height);
          expect(maxBitrateBps).toBeGreaterThanOrEqual(before.maxBitrateBps);
        }
      }),
    );
  });

  it('shares the same renditions out among its runs, however slow the machine', () => {
    const anyPace = fc.record({ pixelsPerSecond: fc.integer({ min: 1, max: 1e9 }) });
    fc.assert(
      fc.property(anySource, anyPace, (any, pace) => {
        const whole = mainRun(any);
        const { runs } = planEncoding(any, DEFAULT_ENCODING_SETTINGS, pace);
        const folders = runs.flatMap(renditionFolders);
        expect(folders.sort()).toEqual(renditionFolders(whole).sort());
        expect(runs[0]?.video.length).toBeGreaterThan(0);
        expect(runs[0]?.audio).toEqual(whole.audio);
        expect(runs.map(({ stills }) => stills)).toEqual(
          [undefined, whole.stills].slice(-runs.length),
        );
      }),
    );
  });

  it('has at most 60 frames a second, and the exact rate of NTSC', () => {
    fc.assert(
      fc.property(anySource, (any) => {
        const { frameRate } = planEncoding(any);
        expect(framesPerSecond(frameRate)).toBeLessThanOrEqual(60);
        expect(framesPerSecond(frameRate)).toBeGreaterThan(0);
      }),
    );
    const rateOf = (rate: number) =>
      planEncoding(source({ video: { frameRate: rate, nominalFrameRate: rate } })).frameRate;
    for (const whole of [24, 30, 60]) {
      expect(rateOf(whole / 1.001)).toEqual({ numerator: whole * 1000, denominator: 1001 });
    }
    expect(rateOf(120 / 1.001)).toEqual({ numerator: 60_000, denominator: 1001 });
  });

  it('has a storyboard that a WebVTT parser accepts, with sheets of a hundred tiles at most', () => {
    fc.assert(
      fc.property(anySource, (any) => {
        const storyboard = mainRun(any).stills?.storyboard;
        if (!storyboard) throw new Error('A plan has a storyboard.');
        const cues = validCues(storyboardVtt(storyboard));
        expect(cues.at(-1)?.endTime).toBeCloseTo(any.durationSeconds, 2);
        const tiles = new Map<string, number>();
        for (const { text } of cues) {
          const sheet = text.slice(0, text.indexOf('#'));
          tiles.set(sheet, (tiles.get(sheet) ?? 0) + 1);
        }
        expect(tiles.size).toBe(storyboard.sheets);
        expect(Math.max(...tiles.values())).toBeLessThanOrEqual(100);
      }),
      { numRuns: 40 },
    );
  });

  it('takes the stills from a frame that exists', () => {
    fc.assert(
      fc.property(anySource, (any) => {
        const plan = planEncoding(any);
        const frames =
          (any.durationSeconds * plan.frameRate.numerator) / plan.frameRate.denominator;
        expect(plan.runs[0]?.stills?.frame).toBeLessThan(Math.max(1, frames));
      }),
    );
  });

  it('names folders after rungs and languages', () => {
    const run = mainRun(
      source({ audio: [track({ language: 'en' }), track({ index: 2, language: 'de' })] }),
    );
    expect(renditionFolders(run)).toEqual(['v240p', 'v360p', 'v480p', 'v720p', 'a0-en', 'a1-de']);
    expect(run.audio.map((audio) => audio.name)).toEqual(['English', 'German']);
  });

  it('makes a 320-wide thumbnail and a poster that is not enlarged', () => {
    const { stills } = mainRun(source({ video: { displayWidth: 720, displayHeight: 1280 } }));
    expect(stills?.thumbnail).toEqual({ width: 320, height: 568 });
    expect(stills?.poster).toEqual({ width: 720, height: 1280 });
    expect(stills?.frame).toBe(15);
  });

  it('freezes the last frame where the audio outlasts the picture', () => {
    expect(mainRun(source({ durationSeconds: 9, video: { endSeconds: 6 } })).picture).toMatchObject(
      {
        freezeSeconds: 3,
      },
    );
    expect(
      mainRun(source({ durationSeconds: 6.02, video: { endSeconds: 6 } })).picture,
    ).toMatchObject({ freezeSeconds: 0 });
  });

  it('reads untagged colour by convention', () => {
    expect(mainRun(source()).picture.matrix).toBe('bt709');
    expect(mainRun(source({ video: { width: 720, height: 576 } })).picture.matrix).toBe('bt601');
  });
});

describe("ffmpeg's arguments", () => {
  const argsFor = (any: ReturnType<typeof source>, sourcePath = '/scratch/source') => {
    const plan = planEncoding(any);
    const run = mainRun(any);
    return encodeArgs(plan, run, { sourcePath, outputDirectory: '/scratch/50%', threads: 2 });
  };
  const after = (args: string[], option: string) => args[args.indexOf(option) + 1];

  it('open one input, by a file name that cannot become a protocol', () => {
    const args = argsFor(source(), 'concat:a|b');
    expect(args.filter((arg) => arg === '-i')).toHaveLength(1);
    expect(after(args, '-i')).toBe('file:concat:a|b');
    expect(args.indexOf('-protocol_whitelist')).toBeLessThan(args.indexOf('-i'));
    expect(after(args, '-protocol_whitelist')).toBe('file,pipe');
    expect(after(args, '-format_whitelist')?.split(',')).not.toContain('hls');
  });

  it('decode once for all rungs, stills and previews', () => {
    const args = argsFor(source());
    expect(args.filter((arg) => arg === '-filter_complex')).toHaveLength(1);
    expect(after(args, '-filter_complex')).toContain('split=6[s0][s1][s2][s3][still][moments]');
  });

  it('deinterlace, tone-map and divide the rate only where the source asks for it', () => {
    const [plain] = after(argsFor(source()), '-filter_complex')?.split(';') ?? [];
    expect(plain).not.toMatch(/bwdif|tonemap|tpad|setpts/);
    const hdr = { hdr: true, transfer: 'smpte2084' };
    const hard = argsFor(
      source({ video: { interlaced: true, color: hdr, frameRate: 120, nominalFrameRate: 120 } }),
    );
    expect(after(hard, '-filter_complex')).toMatch(/bwdif.*fps=60\/1.*tonemap=tonemap=hable/);
  });

  it('cut NTSC where its key frames are', () => {
    const ntsc = source({ video: { frameRate: 29.97002997, nominalFrameRate: 29.97002997 } });
    expect(after(argsFor(ntsc), '-g')).toBe('60');
    const { firstSeconds, segmentSeconds } = segmentLengths(planEncoding(ntsc));
    expect(firstSeconds).toBeCloseTo(2.002, 9);
    expect(segmentSeconds).toBeCloseTo(4.004, 9);
  });

  it('write each rendition to a pipe of its own', () => {
    const args = argsFor(source({ audio: [track({}), track({ index: 2 })] }));
    const pipes = args.filter((arg) => /^pipe:[^1]/.test(arg));
    expect(pipes).toEqual([3, 4, 5, 6, 7, 8].map((output) => `pipe:${output}`));
    expect(args.filter((arg) => arg.includes('empty_moov'))).toHaveLength(6);
  });

  it('make no previews for a plan that was stored without them', () => {
    const plan = planEncoding(source());
    const stills = { ...mainRun(source()).stills, storyboard: undefined, preview: undefined };
    const stored: unknown = JSON.parse(
      JSON.stringify({ ...plan, runs: [{ ...plan.runs[0], stills }] }),
    );
    const [run] = EncodingPlanSchema.parse(stored).runs;
    if (!run) throw new Error('A plan has a run.');
    const args = encodeArgs(plan, run, { sourcePath: '/source', outputDirectory: '/scratch' });
    expect(after(args, '-filter_complex')).toContain('split=5[s0][s1][s2][s3][still]');
    expect(args.join(' ')).not.toMatch(/storyboard|preview|moments/);
    expect(stillsFolders(run)).toEqual([]);
  });

  it('take a percent sign in a folder for what it is', () => {
    const args = argsFor(source());
    expect(args).toContain('file:/scratch/50%%/storyboard/sheet_%03d.jpg');
    expect(args).toContain('file:/scratch/50%/poster.jpg');
  });

  it('let the decoder mix AC-3 down', () => {
    const args = argsFor(source({ audio: [track({ codec: 'ac3' })] }));
    expect(after(args, '-downmix:1')).toBe('stereo');
  });

  it('never hold an empty argument', () => {
    fc.assert(
      fc.property(anySource, (any) => expect(argsFor(any)).not.toContain('')),
      { numRuns: 30 },
    );
  });
});
