import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import fc from 'fast-check';
import { boxAt } from '../../../src/media/iso-bmff.js';
import { indexedKeyFrames } from '../../../src/media/sample-tables.js';
import { clipFolder, tone } from '../media-tools/clips.js';
import { keysAt, shownKeyFrames, tinyPicture, varying } from '../media-tools/shown-packets.js';

const clips = clipFolder();
afterAll(() => clips.remove());

const STBL = ['trak', 'mdia', 'minf', 'stbl'];

function movieOf(path: string): Buffer {
  const moov = boxAt(readFileSync(path), ['moov']);
  if (!moov) throw new Error('The file has no index.');
  return Buffer.from(moov);
}

describe('the index of a film', () => {
  const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];
  const missing = ['-vf', "select='not(eq(n,20))'", '-fps_mode', 'passthrough'];
  it.each<[string, string, string[]]>([
    ['key frames at chosen places', 'mp4', [...tinyPicture(4), ...keysAt(0, 0.4, 1.6, 3.2)]],
    ['one key frame', 'mp4', [...tinyPicture(4), ...keysAt(0)]],
    ['a key frame at its end', 'mp4', [...tinyPicture(4), ...keysAt(0, 3.96)]],
    ['B-frames', 'mp4', [...tinyPicture(4), ...x264, '-g', '30', '-bf', '3']],
    ['nothing but key frames', 'mp4', [...tinyPicture(1), ...x264, '-g', '1']],
    ['two frames', 'mp4', [...tinyPicture(0.08), ...x264]],
    ['29.97 frames a second', 'mp4', [...tinyPicture(6, '30000/1001'), ...keysAt(0, 2.5)]],
    ['23.976 and B-frames', 'mov', [...tinyPicture(4, '24000/1001'), ...x264]],
    ['60 frames a second', 'mp4', [...tinyPicture(2, '60'), ...keysAt(0, 0.5)]],
    ['a rate that varies', 'mp4', [...varying(60), ...keysAt(0, 1.5, 2, 5)]],
    ['a rate that varies, and a last key frame', 'mov', [...varying(30), ...keysAt(0, 1.2)]],
    ['a frame less', 'mp4', [...tinyPicture(2), ...missing, ...keysAt(0, 1)]],
    [
      'a clock of milliseconds',
      'mp4',
      [...tinyPicture(6, '30000/1001'), ...keysAt(0, 2.5), '-video_track_timescale', '1000'],
    ],
    ['a film of QuickTime', 'mov', [...tinyPicture(4), ...keysAt(0, 1)]],
    [
      'sound in front of the picture',
      'mov',
      [...tone(2), ...tinyPicture(2), ...keysAt(0, 1.5), '-map', '0', '-map', '1', '-c:a', 'aac'],
    ],
    ['a time code', 'mov', [...tinyPicture(2), ...keysAt(0, 1), '-timecode', '01:00:00:00']],
    ['an index in front', 'mp4', [...tinyPicture(2), ...keysAt(0, 1), '-movflags', '+faststart']],
  ])('tells of %s what its packets do', (name, extension, args) => {
    const path = clips.make(`${name.replaceAll(' ', '-')}.${extension}`, ...args);
    const expected = shownKeyFrames(path);
    const found = indexedKeyFrames(movieOf(path));
    expect(found?.frames).toBe(expected.frames);
    // ffprobe writes microseconds.
    expect(found?.seconds).toBeCloseTo(expected.seconds, 5);
    expect(found?.longestGapSeconds).toBeCloseTo(expected.longestGapSeconds, 5);
  });

  it('has a place for each frame, as x264 was told', () => {
    const found = (name: string, ...args: string[]) =>
      indexedKeyFrames(movieOf(clips.make(name, ...tinyPicture(4), ...args)));
    expect(found('told.mp4', ...keysAt(0, 0.4, 1.6, 3.2))).toEqual({
      ...{ frames: 100, seconds: 4, longestGapSeconds: 1.6 },
    });
    expect(found('alone.mp4', ...keysAt(0))).toEqual({
      ...{ frames: 100, seconds: 4, longestGapSeconds: 4 },
    });
  });
});

describe('there is no telling where the key frames are', () => {
  it.each<[string, string[]]>([
    [
      'in fragments',
      [...tinyPicture(2), ...keysAt(0, 1), '-movflags', '+frag_keyframe+empty_moov'],
    ],
    [
      'of two pictures',
      [...tinyPicture(1), ...tinyPicture(1), '-map', '0', '-map', '1', ...keysAt(0)],
    ],
    ['of sound', [...tone(1), '-c:a', 'aac']],
    ['of a single frame', [...tinyPicture(0.04), ...keysAt(0)]],
  ])('%s', (name, args) => {
    const path = clips.make(`${name.replaceAll(' ', '-')}.mp4`, ...args);
    expect(indexedKeyFrames(movieOf(path))).toBeUndefined();
  });

  it('in what was cut out of a film without a new encode', () => {
    // The frames from the key frame before the cut on are there, and hidden by an edit.
    const film = clips.make('film.mp4', ...tinyPicture(4), ...keysAt(0, 2));
    const cut = (name: string, at: string) =>
      movieOf(clips.make(name, '-ss', at, '-i', film, '-c', 'copy'));
    expect(indexedKeyFrames(cut('at-key.mp4', '2'))?.frames).toBe(50);
    expect(indexedKeyFrames(cut('behind-key.mp4', '2.05'))).toBeUndefined();
    expect(indexedKeyFrames(cut('before-key.mp4', '1.9'))).toBeUndefined();
  });
});

it('tells nothing of a file whose other frames lie in fragments', () => {
  const args = [...tinyPicture(2), ...keysAt(0, 1), '-movflags', '+frag_keyframe'];
  const moov = movieOf(clips.make('both.mp4', ...args));
  expect(indexedKeyFrames(moov)).toBeUndefined();
});

describe('an index', () => {
  const whole = movieOf(clips.make('whole.mp4', ...tinyPicture(2), ...keysAt(0, 0.8)));
  const table = (type: string) => whole.indexOf(type) + 4;
  const changed = (at: number, value: number) => {
    const other = Buffer.from(whole);
    other.writeUInt32BE(value, at);
    return other;
  };
  const renamed = (type: string) => {
    const other = Buffer.from(whole);
    other.write('free', whole.indexOf(type));
    return other;
  };

  it('is read as it is', () => {
    expect(indexedKeyFrames(whole)).toEqual({ frames: 50, seconds: 2, longestGapSeconds: 1.2 });
    expect(boxAt(whole, [...STBL, 'stss'])).toBeDefined();
  });

  it.each(['trak', 'mdia', 'mdhd', 'hdlr', 'minf', 'stbl', 'stts', 'stsd'])(
    'without %s tells nothing',
    (type) => expect(indexedKeyFrames(renamed(type))).toBeUndefined(),
  );

  it('without a list of key frames has nothing else', () => {
    expect(indexedKeyFrames(renamed('stss'))).toEqual({
      frames: 50,
      seconds: 2,
      longestGapSeconds: 0.04,
    });
  });

  it('of two descriptions, of a clock that stands still or of no first key frame tells nothing', () => {
    expect(indexedKeyFrames(changed(table('stsd') + 4, 2))).toBeUndefined();
    expect(indexedKeyFrames(changed(table('mdhd') + 12, 0))).toBeUndefined();
    expect(indexedKeyFrames(changed(table('stts') + 12, 0))).toBeUndefined();
    expect(indexedKeyFrames(changed(table('stss') + 8, 2))).toBeUndefined();
    expect(indexedKeyFrames(changed(table('stss') + 4, 0))).toBeUndefined();
  });

  it('reads the clock of a header with long times', () => {
    const at = table('mdhd');
    const timescale = whole.readUInt32BE(at + 12);
    const mdhd = Buffer.alloc(44);
    mdhd.writeUInt32BE(44, 0);
    mdhd.write('mdhd', 4);
    mdhd.writeUInt8(1, 8);
    mdhd.writeUInt32BE(timescale, 28);
    const longer = Buffer.concat([whole.subarray(0, at - 8), mdhd, whole.subarray(at + 24)]);
    for (const type of ['trak', 'mdia']) {
      const size = longer.indexOf(type) - 4;
      longer.writeUInt32BE(longer.readUInt32BE(size) + 12, size);
    }
    expect(indexedKeyFrames(longer)).toEqual(indexedKeyFrames(whole));
  });

  it('whose tables are longer than their boxes is refused', () => {
    expect(() => indexedKeyFrames(changed(table('stts') + 4, 2))).toThrow(RangeError);
    expect(() => indexedKeyFrames(changed(table('stss') + 4, 3))).toThrow(RangeError);
    expect(() => indexedKeyFrames(changed(table('stss') + 4, 0xffff_ffff))).toThrow(RangeError);
    expect(() => indexedKeyFrames(changed(table('stbl') - 8, 0xffff_ffff))).toThrow(RangeError);
    expect(() => indexedKeyFrames(whole.subarray(0, -1))).toThrow(RangeError);
  });

  /** What comes of it; an error when that takes longer than three seconds. */
  const read = (moov: Uint8Array) => {
    const outcome = () => {
      try {
        return indexedKeyFrames(moov);
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
        return undefined;
      }
    };
    return runInContext('outcome()', createContext({ outcome }), {
      timeout: 3000,
    }) as ReturnType<typeof indexedKeyFrames>;
  };

  const expectSound = (found: ReturnType<typeof indexedKeyFrames>) => {
    if (!found) return;
    expect(found.frames).toBeGreaterThan(0);
    expect(found.longestGapSeconds).toBeGreaterThan(0);
    expect(found.longestGapSeconds).toBeLessThanOrEqual(found.seconds * (1 + 1e-9));
    expect(found.seconds).toBeLessThan(Number.POSITIVE_INFINITY);
  };

  it('that is damaged beside its times gives an answer or a RangeError, soon', () => {
    const times = table('stts');
    const anywhere = fc
      .nat({ max: whole.length - 1 })
      .filter((at) => at < times || at >= times + 16);
    const damage = fc.array(fc.tuple(anywhere, fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    const end = fc.option(fc.nat({ max: whole.length }), { freq: 3, nil: undefined });
    fc.assert(
      fc.property(damage, end, (flips, length) => {
        const damaged = Buffer.from(whole);
        for (const [at, by] of flips) damaged.writeUInt8(damaged.readUInt8(at) ^ by, at);
        expectSound(read(damaged.subarray(0, length)));
      }),
      { numRuns: 500 },
    );
  });

  it('that is damaged in its times gives an answer or a RangeError, soon', () => {
    const times = table('stts');
    const anyNumber = fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 0xffff_ffff }));
    fc.assert(
      fc.property(fc.constantFrom(4, 8, 12), anyNumber, (field, number) => {
        expectSound(read(changed(times + field, number)));
      }),
      { numRuns: 200, endOnFailure: true, examples: [[8, 0xffff_ffff]] },
    );
  });
});
