import { readFileSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { assertDecodable } from '../../../src/media/avc-bitstream.js';
import type { Sample } from '../../../src/media/samples.js';
import { SourceClock } from '../../../src/media/source-clock.js';
import { clipFolder } from '../media-tools/clips.js';
import { tinyPicture } from '../media-tools/shown-packets.js';
import { packagedCopy, partArgs, reasonOf, WITH_B, WITHOUT_B, x264 } from './bitstreams.js';
import { DELTA, KEY } from './cmaf.js';

const clips = clipFolder();
afterAll(() => clips.remove());

/** Why players could not begin at every key frame of a file. */
const refusal = (path: string) =>
  reasonOf(() => packagedCopy(path, new SourceClock(assertDecodable)));

describe("a source's own bitstream", () => {
  it.each<[string, string[]]>([
    ['without B-frames', x264(WITHOUT_B)],
    ['with B-frames', x264(WITH_B)],
    ['of key frames alone', x264('keyint=1')],
    ['of slices', x264('slices=4')],
  ])('%s is decodable from each key frame on', (name, args) => {
    for (const extension of ['mp4', 'mkv', 'ts']) {
      const file = `${name.replaceAll(' ', '-')}.${extension}`;
      const path = clips.make(file, ...tinyPicture(2, '25', '64x128'), ...args);
      expect(refusal(path)).toBe('packaged');
    }
  });

  it('with open groups is refused', () => {
    const open = [...tinyPicture(3), ...x264('open-gop=1:keyint=27', WITH_B)];
    for (const name of ['open.mkv', 'open.mp4', 'open.ts']) {
      expect(refusal(clips.make(name, ...open))).toBe('a key frame that is no IDR');
    }
  });

  it('whose key frames are no IDR pictures is refused', () => {
    // Each group ends with a P-frame, so that none is shown before its key frame.
    const args = [...tinyPicture(3), ...x264('open-gop=1', WITH_B)];
    for (const name of ['recovery.mkv', 'recovery.ts']) {
      expect(refusal(clips.make(name, ...args))).toBe('a key frame that is no IDR');
    }
  });

  it.each<[string, string[], string[]]>([
    ['its size', [], ['-s', '96x64']],
    ['its level', ['-level', '3.0'], ['-level', '4.0']],
    ['its references', ['-refs', '1'], ['-refs', '4']],
  ])('that changes %s midway is refused', (name, before, after) => {
    const folder = name.replaceAll(' ', '-');
    const part = (at: number, more: string[]) =>
      readFileSync(clips.make(`${folder}-${at}.ts`, ...partArgs(at, WITHOUT_B), ...more));
    const path = clips.path(`${folder}.ts`);
    writeFileSync(path, Buffer.concat([part(0, before), part(1, after)]));
    expect(refusal(path)).toBe('parameters that change');
    writeFileSync(path, Buffer.concat([part(0, before), part(1, before)]));
    expect(refusal(path)).toBe('packaged');
  });

  it('that changes the parameters of its pictures midway is refused', () => {
    // Players that take them from the init segment alone would show rubbish.
    const part = (at: number, ...params: string[]) =>
      readFileSync(clips.make(`pps-${at}.ts`, ...partArgs(at, WITHOUT_B, '8x8dct=1', ...params)));
    const path = clips.path('pps.ts');
    writeFileSync(path, Buffer.concat([part(0, 'cabac=1'), part(1, 'cabac=0')]));
    expect(refusal(path)).toBe('parameters that change');
  });
});

describe('a group of frames', () => {
  const { init, samples } = packagedCopy(
    clips.make('real.mp4', ...tinyPicture(1), ...x264(WITHOUT_B)),
    new SourceClock(),
  );
  const [key, delta] = samples;
  if (!key || !delta) throw new Error('A clip has two frames.');
  const reason = (group: readonly Sample[]) => reasonOf(() => assertDecodable(group, init));

  it('begins with a key frame and holds no other', () => {
    const flagged = (...flags: number[]) =>
      flags.map((flag, at) => ({ ...(at === 0 ? key : delta), flags: flag }));
    expect(reason(flagged(KEY, DELTA, DELTA))).toBe('packaged');
    expect(reason(flagged(KEY))).toBe('packaged');
    for (const group of [
      [],
      flagged(DELTA, DELTA),
      flagged(DELTA, KEY),
      flagged(KEY, DELTA, KEY),
    ]) {
      expect(reason(group)).toBe('no key frame where one is due');
    }
  });

  it('is whole', () => {
    const cut = (bytes: number) => [{ ...key, data: key.data.subarray(0, bytes) }];
    expect(reason(cut(key.data.length))).toBe('packaged');
    expect(reason(cut(key.data.length - 1))).toBe('a broken picture');
    expect(reason(cut(0))).toBe('a key frame that is no IDR');
    expect(reason([{ ...key, data: new Uint8Array(64) }])).toBe('a broken picture');
    expect(reason([{ ...key, data: delta.data }])).toBe('a key frame that is no IDR');
  });

  it('comes with the parameters it needs', () => {
    const bare = (type: string) => {
      const bytes = Buffer.from(init.bytes);
      bytes.write('free', bytes.indexOf(type));
      return { ...init, bytes };
    };
    for (const type of ['avcC', 'stsd']) {
      expect(reasonOf(() => assertDecodable([key], bare(type)))).toBe('no parameters');
    }
  });

  it('is taken or refused, whatever its bytes are', () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(fc.nat({ max: key.data.length - 1 }), fc.integer({ min: 1, max: 255 }))
        .map(([at, by]) => key.data.map((byte, place) => (place === at ? byte ^ by : byte))),
    );
    fc.assert(
      fc.property(anyBytes, (data) => {
        expect(reason([{ ...key, data }])).toMatch(/^(packaged|a broken|a key frame|parameters)/);
      }),
      { numRuns: 500 },
    );
  });
});
