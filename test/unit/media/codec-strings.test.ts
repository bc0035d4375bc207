import fc from 'fast-check';
import { codecString } from '../../../src/media/codec-strings.js';
import { boxes } from '../../../src/media/iso-bmff.js';

function box(type: string, ...contents: (readonly number[] | Uint8Array)[]): Uint8Array {
  const payload = contents.flatMap((content) => [...content]);
  const bytes = new Uint8Array(8 + payload.length);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(payload, 8);
  return bytes;
}
const zeros = (count: number) => new Uint8Array(count);
const initSegment = (entry: Uint8Array) =>
  Uint8Array.from([
    ...box('ftyp', zeros(8)),
    ...['stbl', 'minf', 'mdia', 'trak', 'moov'].reduce(
      (inner, type) => box(type, inner),
      box('stsd', zeros(8), entry),
    ),
  ]);
const avc = (...profile: number[]) =>
  initSegment(box('avc1', zeros(78), box('avcC', [1, ...profile, 0xff])));
const aac = (...specific: number[]) =>
  initSegment(
    box(
      'mp4a',
      zeros(28),
      box('esds', [
        ...[0, 0, 0, 0, 0x03, 0x80, 0x80, 0x80, 0x22, 0, 1, 0],
        ...[0x04, 0x80, 0x80, 0x80, 0x14, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ...[0x05, 0x80, 0x80, 0x80, specific.length, ...specific],
      ]),
    ),
  );

describe('codec strings', () => {
  it('name profile, constraints and level of H.264', () => {
    expect(codecString(avc(0x64, 0x00, 0x1f))).toBe('avc1.64001f');
    expect(codecString(avc(0x42, 0xc0, 0x0d))).toBe('avc1.42c00d');
  });

  it('name profile, tier, level and constraints of HEVC', () => {
    const hevc = (...record: number[]) =>
      codecString(initSegment(box('hvc1', zeros(78), box('hvcC', [1, ...record, ...zeros(10)]))));
    expect(hevc(1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93)).toBe('hvc1.1.6.L93.90');
    expect(hevc(0x22, 0x20, 0, 0, 0, 0xb0, 0, 0x10, 0, 0, 0, 150)).toBe('hvc1.2.4.H150.B0.0.10');
    expect(hevc(0x41, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 60)).toBe('hvc1.A1.80000001.L60');
  });

  it('name profile, level, tier and depth of AV1, and its chroma where that is not the usual one', () => {
    const av1 = (...record: number[]) =>
      codecString(initSegment(box('av01', zeros(78), box('av1C', [0x81, ...record]))));
    expect(av1(0x04, 0x0c, 0)).toBe('av01.0.04M.08');
    expect(av1(0x2d, 0xc0, 0)).toBe('av01.1.13H.10.0.000.01.01.01.0');
    expect(av1(0x00, 0x1c, 0)).toBe('av01.0.00M.08.1.110.01.01.01.0');
    expect(av1(0x00, 0x0d, 0)).toBe('av01.0.00M.08.0.111.01.01.01.0');
  });

  it('name the object type of AAC', () => {
    expect(codecString(aac(0x11, 0x90))).toBe('mp4a.40.2');
    expect(codecString(aac(0x2b, 0x92))).toBe('mp4a.40.5');
    expect(codecString(aac(0xf9, 0x40))).toBe('mp4a.40.42');
  });

  it('refuse what they do not know', () => {
    expect(() => codecString(initSegment(box('vp09', zeros(78))))).toThrow('vp09');
    expect(() => codecString(box('ftyp'))).toThrow(RangeError);
  });

  it('refuse any bytes with a RangeError, and never hang', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => codecString(bytes)).toThrow(RangeError);
      }),
    );
  });

  it('walk boxes with 64-bit sizes and one that reaches to the end', () => {
    const large = Uint8Array.from([
      0, 0, 0, 1, 0x6d, 0x64, 0x61, 0x74, 0, 0, 0, 0, 0, 0, 0, 18, 7, 7,
    ]);
    const open = Uint8Array.from([0, 0, 0, 0, 0x66, 0x72, 0x65, 0x65, 9]);
    expect(boxes(Uint8Array.from([...large, ...open]))).toEqual([
      { type: 'mdat', payload: Uint8Array.from([7, 7]) },
      { type: 'free', payload: Uint8Array.from([9]) },
    ]);
  });
});
