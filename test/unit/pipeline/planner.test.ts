import { availableParallelism } from 'node:os';
import type { EncoderLoad } from '../../../src/catalogue/encoder-load.service.js';
import type { EncodingConfig, ToolsConfig } from '../../../src/config/config.js';
import { pixelsOf } from '../../../src/media/encode-cost.js';
import { DEFAULT_ENCODING_SETTINGS } from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import type { SourceInfo } from '../../../src/media/source-info.js';
import { Encoders } from '../../../src/pipeline/encoders.js';
import { PipelineSettings } from '../../../src/pipeline/pipeline-settings.js';
import { plannedRenditions, Planner } from '../../../src/pipeline/planner.js';
import { source } from '../media/sources.js';

const VIDEO = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';

const encoding: EncodingConfig = {
  preset: 'superfast',
  ladder: [240, 480, 720],
  concurrency: 3,
  encoder: 'x264',
  codecs: ['h264'],
  loudnorm: false,
  remux: true,
};

const audio = [
  { index: 1, codec: 'aac', channels: 2, sampleRateHz: 48_000, isDefault: true, language: 'en' },
  { index: 2, codec: 'aac', channels: 2, sampleRateHz: 48_000, isDefault: false },
];
const usual = source({ audio });
const compatible = source({
  audio,
  video: {
    ...{ profile: 'High', pixelFormat: 'yuv420p', bitrateBps: 1e6 },
    keyFrames: { frames: 150, seconds: 6, longestGapSeconds: 2 },
  },
});
/** An installation that has measured a pace, or has others waiting. */
function installed(
  { pace, others = 0 }: { pace?: number; others?: number } = {},
  changes: Partial<EncodingConfig> = {},
) {
  const asked: unknown[] = [];
  const load = {
    pace: () => Promise.resolve(pace),
    isBusy: (...question: [string, number]) => {
      asked.push(question);
      return Promise.resolve(others >= question[1]);
    },
  };
  const settings = new PipelineSettings({} as ToolsConfig, { ...encoding, ...changes });
  const planner = new Planner(
    load as Partial<EncoderLoad> as EncoderLoad,
    settings,
    new Encoders(settings),
  );
  const runs = async (info: SourceInfo, { remux = true } = {}) =>
    Object.fromEntries(
      (await planner.plan(VIDEO, info, { remux, anyEncoder: true })).runs.map(({ id, video }) => [
        id,
        video.map(({ name }) => name),
      ]),
    );
  return { planner, runs, asked };
}

const WHOLE = { main: ['240p', '480p', '720p'] };
const QUICK = { first: ['480p'], main: ['240p', '720p'] };
const BITSTREAM = { first: ['720p'], main: ['240p', '480p'] };

describe('the plan for a source', () => {
  it('has the sizes and the preset of the installation', async () => {
    const { planner } = installed({ pace: 1e9 });
    const plan = await planner.plan(VIDEO, usual);
    const settings = { ...DEFAULT_ENCODING_SETTINGS, rungShortSides: [240, 480, 720] };
    expect(plan).toEqual(planEncoding(usual, { ...settings, preset: 'superfast' }));
    const { planner: other } = installed({ pace: 1e9 }, { ladder: [360], preset: 'slow' });
    const [run] = (await other.plan(VIDEO, usual)).runs;
    expect(run).toMatchObject({ preset: 'slow', video: [{ name: '360p' }] });
  });

  it('is one run where the machine has shown that it keeps up, and two where it has not', async () => {
    const [run] = (await installed({ pace: 1e9 }).planner.plan(VIDEO, usual)).runs;
    const enough = pixelsOf(run?.video ?? [], 25);
    expect(await installed({ pace: enough }).runs(usual)).toEqual(WHOLE);
    expect(await installed({ pace: enough - 1 }).runs(usual)).toEqual(QUICK);
  });

  it('takes the pace from the cores, as long as nothing was encoded', async () => {
    expect(await installed().runs(usual)).toEqual(WHOLE);
    const sizes = [
      { width: 854, height: 480 },
      { width: 15_360, height: 8640 },
    ];
    const [, large = { width: 0, height: 0 }] = sizes;
    const sized = { ...large, displayWidth: large.width, displayHeight: large.height };
    const huge = source({ video: { ...sized, frameRate: 60, nominalFrameRate: 60 } });
    const isTooMuch = pixelsOf(sizes, 60) > availableParallelism() * 60e6;
    const runs = await installed({}, { ladder: [480, 8640] }).runs(huge);
    expect(Object.keys(runs)).toEqual(isTooMuch ? ['first', 'main'] : ['main']);
  });

  it('counts on nothing while as many others are encoded as may be at once', async () => {
    expect(await installed({ pace: 1e9, others: 2 }).runs(usual)).toEqual(WHOLE);
    expect(await installed({ pace: 1e9, others: 3 }).runs(usual)).toEqual(QUICK);
    const { runs, asked } = installed({ others: 3 }, { concurrency: 4 });
    expect(await runs(usual)).toEqual(WHOLE);
    expect(asked).toEqual([[VIDEO, 4]]);
  });

  it('does not take a pace of 0 for one that nobody knows', async () => {
    expect(await installed({ pace: 0 }).runs(usual)).toEqual(QUICK);
  });

  it.each([
    ['fast', { pace: 1e9 }],
    ['slow', { pace: 1 }],
    ['busy', { pace: 1e9, others: 3 }],
    ['new', {}],
  ])('begins with a compatible bitstream on a %s machine', async (_, state) => {
    expect(await installed(state).runs(compatible)).toEqual(BITSTREAM);
  });

  it('leaves the bitstream alone where either the installation or the caller says so', async () => {
    expect(await installed({ pace: 1e9 }, { remux: false }).runs(compatible)).toEqual(WHOLE);
    expect(await installed({ pace: 1e9 }).runs(compatible, { remux: false })).toEqual(WHOLE);
    expect(await installed({ pace: 1 }).runs(compatible, { remux: false })).toEqual(QUICK);
    const off = installed({ pace: 1e9 }, { remux: false });
    expect(await off.runs(compatible, { remux: true })).toEqual(WHOLE);
    expect(await installed().runs(compatible, {})).toEqual(BITSTREAM);
  });
});

describe('the rows of a plan', () => {
  it('are those of all its runs, in their order', async () => {
    const plan = await installed({ pace: 1 }).planner.plan(VIDEO, usual);
    expect(plannedRenditions(plan)).toEqual([
      { kind: 'video', name: 'v480p', width: 854, height: 480, frameRate: 25 },
      { kind: 'audio', name: 'a0-en', language: 'en' },
      { kind: 'audio', name: 'a1', language: null },
      { kind: 'video', name: 'v240p', width: 426, height: 240, frameRate: 25 },
      { kind: 'video', name: 'v720p', width: 1280, height: 720, frameRate: 25 },
    ]);
  });

  it('are the same however it is split', async () => {
    const rowsOf = async (state: Parameters<typeof installed>[0]) => {
      const rows = plannedRenditions(await installed(state).planner.plan(VIDEO, compatible));
      return rows.map(({ name }) => name).sort();
    };
    expect(await rowsOf({ pace: 1 })).toEqual(await rowsOf({ pace: 1e9 }));
    const off = await installed({ pace: 1e9 }, { remux: false }).planner.plan(VIDEO, compatible);
    const names = plannedRenditions(off).map(({ name }) => name);
    expect(names.sort()).toEqual(await rowsOf({}));
  });
});
