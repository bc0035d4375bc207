import { fragmentsOf, trackHeader } from '../../../src/media/fragments.js';
import { iFrames } from '../../../src/media/i-frames.js';

const uint32 = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeUInt32BE(value >>> 0, 4 * at));
  return bytes;
};
const box = (type: string, ...content: Uint8Array[]) => {
  const payload = Buffer.concat(content);
  return Buffer.concat([uint32(8 + payload.length), Buffer.from(type, 'latin1'), payload]);
};

/** An init segment whose samples last 512 ticks and are no key frames, unless a fragment says so. */
function init({ handler = 'vide', timescale = 12_800, version = 0 } = {}) {
  const times = version === 1 ? [0, 0, 0, 0] : [0, 0];
  const mdhd = box('mdhd', uint32(version << 24, ...times, timescale, 0));
  const hdlr = box('hdlr', uint32(0, 0), Buffer.from(handler, 'latin1'));
  const trex = box('trex', uint32(0, 1, 1, 512, 700, 0x1_0000));
  const trak = box('trak', box('mdia', mdhd, hdlr));
  return Buffer.concat([box('ftyp'), box('moov', trak, box('mvex', trex))]);
}

const mdat = box('mdat', Buffer.alloc(32));
const moof = (...traf: Buffer[]) => box('moof', box('mfhd', uint32(0, 1)), box('traf', ...traf));
const KEY = 0x0200_0000;
const DELTA = 0x0101_0000;

describe('the header of a track', () => {
  it.each([0, 1])('is read from times of version %i', (version) => {
    expect(trackHeader(init({ version }))).toEqual({
      timescale: 12_800,
      isVideo: true,
      defaults: { duration: 512, size: 700, flags: 0x1_0000 },
    });
    expect(trackHeader(init({ handler: 'soun', timescale: 48_000 }))).toMatchObject({
      timescale: 48_000,
      isVideo: false,
    });
  });

  it('is missing in other boxes, or says nothing', () => {
    expect(() => trackHeader(box('ftyp'))).toThrow('without moov/trak/mdia/mdhd');
    expect(() => trackHeader(init({ timescale: 0 }))).toThrow('timescale is 0');
  });
});

describe('the fragments of a segment', () => {
  const header = trackHeader(init());

  it('have times, and a key frame in front, as the samples of the run say', () => {
    const tfhd = box('tfhd', uint32(0x02_0000, 1));
    const tfdt = box('tfdt', uint32(0x0100_0000, 1, 2));
    const samples = [500, 900, KEY, 500, 100, DELTA, 600, 100, KEY];
    const trun = box('trun', uint32(0x0701, 3, 140, ...samples));
    const head = box('styp', uint32(0));
    const segment = Buffer.concat([head, moof(tfhd, tfdt, trun), mdat]);
    expect(fragmentsOf(segment, header)).toEqual([
      {
        startTicks: 2 ** 32 + 2,
        durationTicks: 1600,
        keyFrame: { start: head.length, bytes: 140 + 900 },
      },
    ]);
  });

  it('take from the header or the track what their runs leave out', () => {
    const tfdt = box('tfdt', uint32(0, 512));
    const ofTrack = moof(box('tfhd', uint32(0, 1)), tfdt, box('trun', uint32(0x01, 2, 90)));
    expect(fragmentsOf(ofTrack, header)).toEqual([
      { startTicks: 512, durationTicks: 1024, keyFrame: undefined },
    ]);
    // A base offset and a sample description index lie before the defaults.
    const tfhd = box('tfhd', uint32(0x3b, 1, 0, 1000, 1, 256, 80, DELTA));
    const run = box('trun', uint32(0x05, 2, 20, KEY));
    expect(fragmentsOf(moof(tfhd, tfdt, run), header)).toEqual([
      {
        startTicks: 512,
        durationTicks: 512,
        keyFrame: { start: 0, bytes: 1000 + 20 + 80 },
      },
    ]);
  });

  it('lie one after the other, each with its own place', () => {
    const part = (ticks: number) =>
      Buffer.concat([
        moof(
          box('tfhd', uint32(0, 1)),
          box('tfdt', uint32(0, ticks)),
          box('trun', uint32(0x05, 4, 100, KEY)),
        ),
        mdat,
      ]);
    const segment = Buffer.concat([part(0), part(2048)]);
    const fragments = fragmentsOf(segment, header);
    expect(fragments.map(({ startTicks, keyFrame }) => [startTicks, keyFrame?.start])).toEqual([
      [0, 0],
      [2048, part(0).length],
    ]);
    const list = iFrames([{ uri: 'segment_00001.m4s', fragments }], header.timescale);
    expect(list.map(({ durationSeconds }) => durationSeconds)).toEqual([0.16, 0.16]);
  });

  it('are missing in other boxes', () => {
    expect(() => fragmentsOf(mdat, header)).toThrow('without a movie fragment');
    expect(() => fragmentsOf(box('moof'), header)).toThrow('without traf/tfdt');
  });
});

describe('the I-frames of a rendition', () => {
  const fragment = (startTicks: number, isKey = true) => ({
    startTicks,
    durationTicks: 100,
    keyFrame: isKey ? { start: 0, bytes: 50 } : undefined,
  });

  it('last until the next one that can be fetched by itself, or to the end', () => {
    const segments = [
      { uri: 'a.m4s', fragments: [fragment(0), fragment(100, false)] },
      { uri: 'b.m4s', fragments: [fragment(200)] },
    ];
    expect(iFrames(segments, 100)).toEqual([
      { uri: 'a.m4s', durationSeconds: 2, byteRange: { start: 0, bytes: 50 } },
      { uri: 'b.m4s', durationSeconds: 1, byteRange: { start: 0, bytes: 50 } },
    ]);
    expect(iFrames([], 100)).toEqual([]);
  });
});
