import { box, joined, uint32s } from '../../../src/media/iso-bmff.js';
import { isSync, samplesOf } from '../../../src/media/samples.js';
import { trackHeader } from '../../../src/media/track-header.js';
import { DELTA, KEY } from './cmaf.js';

/** An init segment whose samples last 512 ticks and are no key frames, unless a fragment says so. */
function init({ handler = 'vide', timescale = 12_800, version = 0 } = {}) {
  const times = version === 1 ? [0, 0, 0, 0] : [0, 0];
  const mdhd = box('mdhd', uint32s(version << 24, ...times, timescale, 0));
  const hdlr = box('hdlr', uint32s(0, 0), Buffer.from(handler));
  const trex = box('trex', uint32s(0, 1, 1, 512, 16, 0x1_0000));
  const trak = box('trak', box('mdia', mdhd, hdlr));
  return joined(box('ftyp'), box('moov', trak, box('mvex', trex)));
}

describe('the header of a track', () => {
  it.each([0, 1])('is read from times of version %i', (version) => {
    expect(trackHeader(init({ version }))).toEqual({
      trackId: 1,
      timescale: 12_800,
      isVideo: true,
      defaults: { duration: 512, size: 16, flags: 0x1_0000 },
    });
    const sound = trackHeader(init({ handler: 'soun', timescale: 48_000 }));
    expect(sound).toMatchObject({ timescale: 48_000, isVideo: false });
  });

  it('is missing in other boxes, or says nothing', () => {
    expect(() => trackHeader(box('ftyp'))).toThrow('without moov/trak/mdia/mdhd');
    expect(() => trackHeader(init({ timescale: 0 }))).toThrow('timescale is 0');
  });
});

describe('the samples of a fragment', () => {
  const { defaults } = trackHeader(init());
  const data = Uint8Array.from({ length: 32 }, (_, at) => at);
  const traf = (...content: Uint8Array[]) => box('traf', ...content);
  const plainTfhd = box('tfhd', uint32s(0x02_0000, 1));

  it('are what the run says of each', () => {
    const tfdt = box('tfdt', uint32s(0x0100_0000, 1, 2));
    const entries = [500, 20, KEY, -100, 400, 4, DELTA, 300, 600, 8, DELTA, 0];
    const trun = box('trun', uint32s(0x0100_0f01, 3, 140, ...entries));
    const samples = samplesOf(traf(plainTfhd, tfdt, trun), data, defaults);
    const start = 2 ** 32 + 2;
    expect(
      samples.map((s) => [s.decodeTicks, s.durationTicks, s.compositionTicks, isSync(s)]),
    ).toEqual([
      [start, 500, -100, true],
      [start + 500, 400, 300, false],
      [start + 900, 600, 0, false],
    ]);
    expect(samples.map((sample) => [...sample.data])).toEqual([
      [...data.subarray(0, 20)],
      [...data.subarray(20, 24)],
      [...data.subarray(24)],
    ]);
  });

  it('take from the header or the track what their runs leave out', () => {
    const tfdt = box('tfdt', uint32s(0, 512));
    const ofTrack = traf(box('tfhd', uint32s(0, 1)), tfdt, box('trun', uint32s(0x01, 2, 90)));
    const plain = { compositionTicks: 0, durationTicks: 512, flags: 0x1_0000 };
    expect(samplesOf(ofTrack, data, defaults)).toEqual([
      { ...plain, decodeTicks: 512, data: data.subarray(0, 16) },
      { ...plain, decodeTicks: 1024, data: data.subarray(16) },
    ]);
    // A base offset and a sample description index lie before the defaults.
    const tfhd = box('tfhd', uint32s(0x3b, 1, 0, 1000, 1, 256, 8, DELTA));
    const runs = [box('trun', uint32s(0x05, 2, 20, KEY)), box('trun', uint32s(0, 2))];
    const samples = samplesOf(traf(tfhd, tfdt, ...runs), data, defaults);
    expect(samples.map(({ decodeTicks, flags }) => [decodeTicks, flags])).toEqual([
      [512, KEY],
      [768, DELTA],
      [1024, DELTA],
      [1280, DELTA],
    ]);
  });

  it('are refused where a box is missing, or the data is another’s', () => {
    const tfdt = box('tfdt', uint32s(0, 0));
    const trun = box('trun', uint32s(0x01, 2, 90));
    expect(() => samplesOf(box('mfhd'), data, defaults)).toThrow('without tfhd');
    expect(() => samplesOf(traf(plainTfhd, trun), data, defaults)).toThrow('without tfhd or tfdt');
    const whole = traf(plainTfhd, tfdt, trun);
    for (const other of [data.subarray(1), joined(data, data)]) {
      expect(() => samplesOf(whole, other, defaults)).toThrow('samples are not its data');
    }
    const tooMany = box('trun', uint32s(0x0201, 2 ** 31, 90, 16));
    expect(() => samplesOf(traf(plainTfhd, tfdt, tooMany), data, defaults)).toThrow(RangeError);
  });
});
