import fc from 'fast-check';
import { BoxSplitter } from '../../../src/media/box-splitter.js';
import { box, joined, uint32s } from '../../../src/media/iso-bmff.js';

/** A box whose size is written with 64 bits. */
function largeBox(type: string, payload: Uint8Array): Uint8Array {
  return joined(uint32s(1), Buffer.from(type), uint32s(0, payload.length + 16), payload);
}

const LAST = box('last', new Uint8Array(8));

const anyBox = fc.record({
  type: fc.constantFrom('ftyp', 'moof', 'mdat', 'free'),
  payload: fc.uint8Array({ maxLength: 100 }),
  isLarge: fc.boolean(),
});

/** What comes out of a stream that arrives in pieces which end at some bytes. */
function split(stream: Uint8Array, ends: readonly number[]) {
  const splitter = new BoxSplitter();
  const sorted = [...ends.filter((end) => end < stream.length), stream.length];
  sorted.sort((a, b) => a - b);
  return sorted.flatMap((end, at) => splitter.push(stream.subarray(sorted[at - 1] ?? 0, end)));
}

describe('a stream of boxes', () => {
  it('gives the same boxes in whatever pieces it comes', () => {
    const anyEnds = fc.array(fc.nat({ max: 2000 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.array(anyBox, { maxLength: 20 }), anyEnds, (made, ends) => {
        const written = made.map(({ type, payload, isLarge }) =>
          isLarge ? largeBox(type, payload) : box(type, payload),
        );
        const found = split(joined(...written, LAST), ends);
        expect(found.map(({ type }) => type)).toEqual([...made.map(({ type }) => type), 'last']);
        for (const [at, { payload }] of made.entries()) {
          expect(Buffer.compare(found[at]?.bytes ?? LAST, written[at] ?? LAST)).toBe(0);
          expect(Buffer.compare(found[at]?.payload ?? LAST, payload)).toBe(0);
        }
      }),
    );
  });

  it('gives each box with its last byte, and the next one in the same piece', () => {
    const splitter = new BoxSplitter();
    const stream = joined(box('moof', new Uint8Array(20)), box('mdat', new Uint8Array(1000)));
    const types = (from: number, to: number) =>
      splitter.push(stream.subarray(from, to)).map(({ type }) => type);
    expect(types(0, 27)).toEqual([]);
    expect(types(27, 1035)).toEqual(['moof']);
    expect(types(1035, 1036)).toEqual(['mdat']);
    expect(splitter.push(joined(LAST, LAST))).toHaveLength(2);
  });

  it('comes byte by byte just as well', () => {
    const splitter = new BoxSplitter();
    const stream = joined(largeBox('mdat', new Uint8Array(30)), box('free'), LAST);
    const found = [...stream].flatMap((byte) => splitter.push(Uint8Array.of(byte)));
    expect(found.map(({ type }) => type)).toEqual(['mdat', 'free', 'last']);
  });

  it.each([
    ['larger than memory', uint32s(0x7fff_ffff)],
    ['smaller than its header', uint32s(7)],
    ['larger than a number', joined(uint32s(1), Buffer.from('mdat'), uint32s(0xffff_ffff))],
  ])('is refused where a box is %s', (_, head) => {
    const damaged = joined(head, new Uint8Array(16));
    expect(() => new BoxSplitter().push(damaged)).toThrow(RangeError);
  });
});
