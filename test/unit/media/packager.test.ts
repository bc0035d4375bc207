import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { boxes } from '../../../src/media/iso-bmff.js';
import { Packager } from '../../../src/media/packager.js';
import type { Sample } from '../../../src/media/samples.js';
import { clipFolder, fastH264, picture, tone } from '../media-tools/clips.js';
import { fragmentSamples, packaged, packets } from './cmaf.js';

const clips = clipFolder();
afterAll(() => clips.remove());

const LENGTHS = { firstSeconds: 2, segmentSeconds: 4 };
const ofSound = ['-movflags', '+cmaf+empty_moov', '-frag_duration', '500000'];
const ofPicture = ['-movflags', '+cmaf+empty_moov+frag_keyframe'];

/** What ffmpeg writes to a pipe. */
function stream(...args: string[]): Buffer {
  const quiet = ['-v', 'error', '-nostdin'];
  return execFileSync('ffmpeg', [...quiet, ...args, '-f', 'mp4', 'pipe:1'], { maxBuffer: 1e8 });
}
const film = (seconds: number, ...encoding: string[]) =>
  stream(...picture(seconds), ...fastH264, '-sc_threshold', '0', ...encoding, ...ofPicture);

const withoutBFrames = film(14, '-g', '50');
const withBFrames = film(14, '-preset', 'veryfast', '-g', '50', '-bf', '2');
const sound = stream(...tone(14), '-c:a', 'aac', '-ar', '48000', ...ofSound);

describe.each([
  ['a picture without B-frames', withoutBFrames, 350],
  ['a picture with B-frames', withBFrames, 350],
  ['sound', sound, 658],
])('packaging %s', (_, bytes, packetCount) => {
  const { init, segments, content } = packaged(bytes, LENGTHS);

  it('keeps every packet as it was', () => {
    const before = packets(bytes);
    expect(before).toHaveLength(packetCount);
    expect(packets(...content)).toEqual(before);
  });

  it('makes short segments first, then those of the target', () => {
    const { timescale } = init.track;
    const seconds = segments.map(({ durationTicks }) => durationTicks / timescale);
    expect(seconds.map(Math.round)).toEqual([2, 2, 2, 2, 4, 2]);
  });

  it('gives the same in whatever pieces the stream comes', () => {
    const sameIn = (pieceBytes: number) => {
      const other = packaged(bytes, LENGTHS, pieceBytes).content;
      expect(Buffer.compare(Buffer.concat(other), Buffer.concat(content))).toBe(0);
    };
    [997, 65_536, bytes.length].forEach(sameIn);
  });

  it('makes segments of whole boxes, each of which plays with the header', () => {
    expect(boxes(init.bytes).map(({ type }) => type)).toEqual(['ftyp', 'moov']);
    const all = segments.map((segment) => {
      const [styp, sidx, ...fragments] = boxes(segment.bytes).map(({ type }) => type);
      expect([styp, sidx]).toEqual(['styp', 'sidx']);
      expect(fragments).toEqual(segment.fragments.flatMap(() => ['moof', 'mdat']));
      return packets(init.bytes, segment.bytes).length;
    });
    expect(all.reduce((sum, count) => sum + count, 0)).toBe(packetCount);
  });
});

it('keeps frames that are shown before they are decoded', () => {
  const { init, segments } = packaged(withBFrames, LENGTHS);
  const samples = segments.flatMap(({ bytes }) => fragmentSamples(bytes, init.track).flat());
  const offsets = samples.map(({ compositionTicks }) => compositionTicks);
  expect([Math.min(...offsets) < 0, Math.max(...offsets) > 0]).toEqual([true, true]);
  const shown = samples.map((sample) => sample.decodeTicks + sample.compositionTicks);
  const frame = init.track.timescale / 25;
  expect(shown.sort((a, b) => a - b)).toEqual(shown.map((_, at) => at * frame));
});

describe('a key frame', () => {
  const spansOf = (bytes: Uint8Array) => {
    const { init, segments } = packaged(bytes, LENGTHS);
    return segments.flatMap(({ bytes: segment, fragments }) =>
      fragments.flatMap(({ keyFrame }) =>
        keyFrame
          ? [{ init, span: segment.subarray(keyFrame.start, keyFrame.start + keyFrame.bytes) }]
          : [],
      ),
    );
  };

  it('can be fetched by itself: it is a whole file with the header', () => {
    const spans = spansOf(withoutBFrames);
    expect(spans).toHaveLength(7);
    for (const { init, span } of spans) {
      expect(boxes(span).map(({ type }) => type)).toEqual(['moof', 'mdat']);
      expect(packets(init.bytes, span)).toEqual([expect.stringMatching(/,K_/)]);
    }
  });

  it('is found at every start of a GOP, also with B-frames, and never in sound', () => {
    expect(spansOf(withBFrames)).toHaveLength(7);
    expect(spansOf(sound)).toEqual([]);
  });
});

describe('a stream', () => {
  const short = film(1, '-s', '64x36', '-g', '5');

  it('has a header before its data', () => {
    const [ftyp, moov, moof, mdat] = boxes(short);
    expect([ftyp, moov, moof, mdat].map((found) => found?.type)).toEqual([
      ...['ftyp', 'moov', 'moof', 'mdat'],
    ]);
    const data = short.subarray(short.indexOf('moof') - 4);
    expect(() => packaged(data, LENGTHS)).toThrow('Data before its header');
  });

  it('without a key frame for too long is refused', () => {
    const oneGop = film(7, '-s', '64x36', '-g', '500');
    expect(() => packaged(oneGop, LENGTHS)).toThrow('There is no key frame for 7.000 s');
  });

  it('may be looked at, and given other samples', () => {
    const seen: number[] = [];
    const packager = new Packager(LENGTHS, {
      take: (samples, { track }) => {
        seen.push(samples.length / track.timescale);
        return samples.map((sample) => ({ ...sample, data: sample.data.subarray(0, 1) }));
      },
      end: () => [],
    });
    packager.push(short);
    const [segment] = packager.end();
    expect(seen).toHaveLength(5);
    const data = boxes(segment?.bytes ?? short).filter(({ type }) => type === 'mdat');
    expect(data.reduce((sum, { payload }) => sum + payload.length, 0)).toBe(25);
  });

  it('may be held back for a while, and loses nothing', () => {
    let waiting: readonly Sample[] = [];
    const packager = new Packager(LENGTHS, {
      take: (samples) => {
        const before = waiting;
        waiting = samples;
        return before;
      },
      end: () => waiting,
    });
    const { init, segments } = packager.push(short);
    const content = [...segments, ...packager.end()].map(({ bytes }) => bytes);
    expect([init?.bytes, ...content]).toEqual(packaged(short, LENGTHS).content);
  });

  it('that is damaged gives segments or a RangeError, and nothing else', () => {
    const damage = fc.record({
      at: fc.oneof(fc.nat({ max: 1500 }), fc.nat({ max: short.length - 1 })),
      by: fc.integer({ min: 1, max: 255 }),
      end: fc.option(fc.nat({ max: short.length })),
    });
    fc.assert(
      fc.property(damage, fc.integer({ min: 100, max: 5000 }), ({ at, by, end }, pieceBytes) => {
        const damaged = Buffer.from(short);
        damaged.writeUInt8(damaged.readUInt8(at) ^ by, at);
        const packager = new Packager(LENGTHS);
        try {
          for (let from = 0; from < (end ?? damaged.length); from += pieceBytes) {
            packager.push(damaged.subarray(from, Math.min(from + pieceBytes, end ?? Infinity)));
          }
          packager.end();
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
