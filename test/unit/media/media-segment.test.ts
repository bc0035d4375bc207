import fc from 'fast-check';
import { boxAt, boxes, viewOf } from '../../../src/media/iso-bmff.js';
import { mediaSegment } from '../../../src/media/media-segment.js';
import { isSync, ticksOf, type Sample } from '../../../src/media/samples.js';
import type { TrackHeader } from '../../../src/media/track-header.js';
import { DELTA, fragmentSamples, KEY } from './cmaf.js';

const track = (isVideo: boolean): TrackHeader => ({
  trackId: 7,
  timescale: 12_800,
  isVideo,
  defaults: { duration: 1, size: 1, flags: 0 },
});

interface Facts {
  durationTicks: number;
  compositionTicks: number;
  isKey: boolean;
  bytes: number;
}

/** Samples one after the other; the first is a key frame. */
function samplesFrom(startTicks: number, facts: readonly Facts[]): Sample[] {
  let decodeTicks = startTicks;
  return facts.map(({ durationTicks, compositionTicks, isKey, bytes }, at) => {
    const flags = isKey || at === 0 ? KEY : DELTA;
    const data = new Uint8Array(bytes).fill(at);
    const sample = { decodeTicks, durationTicks, compositionTicks, flags, data };
    decodeTicks += durationTicks;
    return sample;
  });
}

const anyFacts = (anyComposition: fc.Arbitrary<number>) =>
  fc.array(
    fc.record({
      durationTicks: fc.integer({ min: 1, max: 3000 }),
      compositionTicks: anyComposition,
      isKey: fc.boolean(),
      bytes: fc.integer({ min: 1, max: 40 }),
    }),
    { minLength: 1, maxLength: 30 },
  );
const inOrder = anyFacts(fc.constant(0));
const reordered = anyFacts(fc.integer({ min: -5000, max: 5000 }));
const anyTime = fc.integer({ min: 0, max: 2 ** 40 });
const anySamples = fc
  .tuple(anyTime, fc.oneof(inOrder, reordered))
  .map(([start, facts]) => samplesFrom(start, facts));

/** The references of a segment's index, and where what they count begins. */
function indexOf(segment: Uint8Array) {
  const head = boxes(segment).slice(0, 2);
  const sidx = viewOf(boxAt(segment, ['sidx']) ?? segment);
  return {
    types: head.map(({ type }) => type),
    trackId: sidx.getUint32(4),
    timescale: sidx.getUint32(8),
    earliestTicks: Number(sidx.getBigUint64(12)),
    references: Array.from({ length: sidx.getUint16(30) }, (_, at) => ({
      bytes: sidx.getUint32(32 + 12 * at),
      ticks: sidx.getUint32(36 + 12 * at),
      isAccessible: sidx.getUint32(40 + 12 * at) === 0x9000_0000,
    })),
    firstByte: head.reduce((sum, { payload }) => sum + payload.length + 8, 0),
  };
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

describe('a segment', () => {
  it('gives back the samples it was made of', () => {
    fc.assert(
      fc.property(anySamples, fc.boolean(), (samples, isVideo) => {
        const { bytes, durationTicks } = mediaSegment(samples, track(isVideo), 1);
        const read = fragmentSamples(bytes, track(isVideo)).flat();
        const plain = (all: readonly Sample[]) =>
          all.map((sample) => ({ ...sample, data: [...sample.data] }));
        expect(plain(read)).toEqual(plain(samples));
        expect(durationTicks).toBe(ticksOf(samples));
      }),
    );
  });

  it('has an index that adds up to it', () => {
    fc.assert(
      fc.property(anySamples, fc.boolean(), (samples, isVideo) => {
        const { bytes, fragments } = mediaSegment(samples, track(isVideo), 1);
        const { references, firstByte, earliestTicks, ...index } = indexOf(bytes);
        expect(index).toEqual({ types: ['styp', 'sidx'], trackId: 7, timescale: 12_800 });
        expect(firstByte + sumOf(references.map((entry) => entry.bytes))).toBe(bytes.length);
        expect(references.map(({ ticks }) => ticks)).toEqual(
          fragments.map((fragment) => fragment.durationTicks),
        );
        const shown = samples.map((sample) => sample.decodeTicks + sample.compositionTicks);
        expect(earliestTicks).toBe(Math.max(0, Math.min(...shown)));
        const starts = fragmentSamples(bytes, track(isVideo)).map(([first]) => first);
        expect(references.map(({ isAccessible }) => isAccessible)).toEqual(
          starts.map((first) => !!first && isSync(first)),
        );
      }),
    );
  });

  it('has fragments with numbers that go on, each with its data behind it', () => {
    fc.assert(
      fc.property(anySamples, fc.integer({ min: 1, max: 2 ** 31 }), (samples, first) => {
        const { bytes, fragments } = mediaSegment(samples, track(true), first);
        const moofs = boxes(bytes).filter(({ type }) => type === 'moof');
        const numbers = moofs.map(({ payload }) =>
          viewOf(boxAt(payload, ['mfhd']) ?? payload).getUint32(4),
        );
        expect(numbers).toEqual(fragments.map((_, at) => first + at));
        for (const { payload } of moofs) {
          const trun = viewOf(boxAt(payload, ['traf', 'trun']) ?? payload);
          expect(trun.getUint32(8)).toBe(payload.length + 8 + 8);
        }
      }),
    );
  });

  it('without B-frames has key frames that can be fetched one by one', () => {
    fc.assert(
      fc.property(anyTime, inOrder, (start, facts) => {
        const samples = samplesFrom(start, facts);
        const { bytes, fragments } = mediaSegment(samples, track(true), 1);
        const spans = fragments.flatMap(({ keyFrame }) => keyFrame ?? []);
        const alone = spans.map(({ start: from, bytes: length }) => {
          const span = bytes.subarray(from, from + length);
          expect(boxes(span).map(({ type }) => type)).toEqual(['moof', 'mdat']);
          return fragmentSamples(span, track(true)).flat();
        });
        const keys = samples.filter(isSync);
        expect(alone.map((found) => found.map(({ decodeTicks }) => decodeTicks))).toEqual(
          keys.map(({ decodeTicks }) => [decodeTicks]),
        );
      }),
    );
  });

  it('with B-frames begins a fragment at each key frame, which lies in front', () => {
    const facts = [0, 300, -100, -100, 0, 300, -100].map((compositionTicks, at) => ({
      ...{ durationTicks: 100, bytes: 10, isKey: at === 4, compositionTicks },
    }));
    const { bytes, fragments } = mediaSegment(samplesFrom(1000, facts), track(true), 1);
    expect(fragments.map((f) => [f.startTicks, f.durationTicks])).toEqual([
      [1000, 400],
      [1400, 300],
    ]);
    for (const { keyFrame } of fragments) {
      const { start = 0, bytes: length = 0 } = keyFrame ?? {};
      const rest = bytes.subarray(start);
      const [moof] = boxes(rest);
      expect(moof?.type).toBe('moof');
      expect(length).toBe((moof?.payload.length ?? 0) + 8 + 8 + 10);
    }
  });

  it('of sound is one fragment, without key frames', () => {
    const facts = Array.from({ length: 94 }, () => ({
      ...{ durationTicks: 1024, compositionTicks: 0, isKey: true, bytes: 300 },
    }));
    const { fragments } = mediaSegment(samplesFrom(0, facts), track(false), 1);
    expect(fragments).toEqual([{ startTicks: 0, durationTicks: 94 * 1024, keyFrame: undefined }]);
  });
});
