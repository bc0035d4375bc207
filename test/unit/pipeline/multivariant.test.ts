import { parse, setOptions, types } from 'hls-parser';
import { planEncoding } from '../../../src/media/plan.js';
import { multivariantOf, type KnownRendition } from '../../../src/pipeline/multivariant.js';
import { source } from '../media/sources.js';

const track = { codec: 'aac', channels: 2, sampleRateHz: 48_000, isDefault: false };
const plan = planEncoding(
  source({
    audio: [
      { ...track, index: 1, language: 'en', title: undefined, isDefault: true },
      { ...track, index: 2, language: 'de', title: undefined },
    ],
  }),
);
const video: KnownRendition = { codec: 'avc1.64001f' };
const audio: KnownRendition = { codec: 'mp4a.40.2' };
const everything = new Map<string, KnownRendition>([
  ['v240p', video],
  ['v360p', video],
  ['v480p', video],
  ['v720p', video],
  ['a0-en', audio],
  ['a1-de', audio],
]);

beforeAll(() => {
  setOptions({ strictMode: true });
});

function playlistOf(known: ReadonlyMap<string, KnownRendition>): types.MasterPlaylist {
  return parse(multivariantOf(plan, known)) as types.MasterPlaylist;
}

describe('the multivariant playlist of a plan', () => {
  test('names every rung and track beside itself', () => {
    const { variants } = playlistOf(everything);
    expect(variants.map(({ uri }) => uri)).toEqual(
      ['240p', '360p', '480p', '720p'].map((rung) => `v${rung}/index.m3u8`),
    );
    for (const variant of variants) {
      expect(variant.codecs).toBe('avc1.64001f,mp4a.40.2');
      expect(variant.frameRate).toBe(25);
      expect(variant.audio.map(({ uri, language }) => [uri, language])).toEqual([
        ['a0-en/index.m3u8', 'en'],
        ['a1-de/index.m3u8', 'de'],
      ]);
    }
  });

  test('leaves out what does not exist yet', () => {
    const { variants } = playlistOf(new Map([['v360p', video]]));
    expect(variants.map(({ uri, audio: tracks }) => [uri, tracks])).toEqual([
      ['v360p/index.m3u8', []],
    ]);
  });

  test('announces the cap before, and the measured rate once it is known', () => {
    const measured = { peakBps: 400_000, averageBps: 300_000 };
    const before = playlistOf(new Map([['v240p', video]])).variants[0];
    const after = playlistOf(new Map([['v240p', { ...video, bandwidth: measured }]])).variants[0];
    const cap = plan.runs[0]?.video[0]?.maxBitrateBps ?? 0;
    expect(before?.bandwidth).toBeGreaterThan(cap);
    expect([after?.bandwidth, after?.averageBandwidth]).toEqual([400_000, 300_000]);
  });

  test('counts the largest audio track in', () => {
    const withRates = new Map<string, KnownRendition>([
      ['v240p', { ...video, bandwidth: { peakBps: 400_000, averageBps: 300_000 } }],
      ['a0-en', { ...audio, bandwidth: { peakBps: 130_000, averageBps: 128_000 } }],
      ['a1-de', { ...audio, bandwidth: { peakBps: 140_000, averageBps: 120_000 } }],
    ]);
    const [variant] = playlistOf(withRates).variants;
    expect([variant?.bandwidth, variant?.averageBandwidth]).toEqual([540_000, 428_000]);
  });

  test('cannot be made of nothing', () => {
    expect(() => multivariantOf(plan, new Map())).toThrow(RangeError);
  });
});
