import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import type { KeyFrames } from '../../../src/media/key-frame-meter.js';
import type { SourceInfo } from '../../../src/media/source-info.js';
import { keyFramesOf } from '../../../src/media-tools/key-frames.js';
import { probeSource } from '../../../src/media-tools/ffprobe.js';
import { source } from '../media/sources.js';
import { clipFolder, tone } from './clips.js';
import { keysAt, shownKeyFrames, tinyPicture, varying } from './shown-packets.js';

const clips = clipFolder();
afterAll(() => clips.remove());

const MP4 = 'mov,mp4,m4a,3gp,3g2,mj2';
const MATROSKA = 'matroska,webm';
/** Tests share the machine: only those that are about the limit keep it. */
const FFPROBE = { ffprobePath: 'ffprobe', limitSeconds: 30 };
const NO_FFPROBE = { ffprobePath: '/no/ffprobe' };

const described = (container: string, index = 0): SourceInfo =>
  source({ container, video: { index } });

/** A program that is run in the place of ffprobe. */
function fake(name: string, script: string) {
  const path = clips.path(name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return { ffprobePath: path, limitSeconds: 30 };
}

async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const started = performance.now();
  return [await work, (performance.now() - started) / 1000];
}

const expectSame = (found: KeyFrames | undefined, expected: KeyFrames) => {
  expect(found?.frames).toBe(expected.frames);
  // ffprobe writes microseconds.
  expect(found?.seconds).toBeCloseTo(expected.seconds, 5);
  expect(found?.longestGapSeconds).toBeCloseTo(expected.longestGapSeconds, 5);
};

describe('the key frames of a source', () => {
  const withBFrames = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '30', '-flags', '+cgop'];
  const chosen = [...tinyPicture(4), ...keysAt(0, 0.4, 1.6, 3.2)];
  const ntsc = [...tinyPicture(5.005, '30000/1001'), ...withBFrames];
  const uneven = [...varying(60), ...keysAt(0, 1.5, 2, 5)];
  const without = (drop: string) => [...chosen, '-bsf:v', `noise=drop=${drop}`];
  it.each<[string, string, string, string[]]>([
    ['an MP4 with its index at the end', 'end.mp4', MP4, chosen],
    ['an MP4 with its index in front', 'front.mp4', MP4, [...chosen, '-movflags', '+faststart']],
    ['a film of QuickTime', 'end.mov', MP4, chosen],
    [
      'a film of QuickTime with its index in front',
      ...(['front.mov', MP4] as const),
      [...chosen, '-movflags', '+faststart'],
    ],
    ['an MP4 of NTSC with B-frames', 'ntsc.mp4', MP4, ntsc],
    ['an MP4 of variable rate', 'uneven.mp4', MP4, uneven],
    ['Matroska', 'chosen.mkv', MATROSKA, chosen],
    ['Matroska of NTSC with B-frames', 'ntsc.mkv', MATROSKA, ntsc],
    ['Matroska of variable rate', 'uneven.mkv', MATROSKA, uneven],
    ['Matroska with a frame missing', 'gap.mkv', MATROSKA, without('eq(n\\,20)')],
    ['a transport stream', 'chosen.ts', 'mpegts', chosen],
    ['a transport stream of NTSC with B-frames', 'ntsc.ts', 'mpegts', ntsc],
    ['a transport stream of variable rate', 'uneven.ts', 'mpegts', uneven],
    ['a transport stream with a gap', 'gap.ts', 'mpegts', without('gt(n\\,60)*lt(n\\,70)')],
    [
      'a transport stream that starts late',
      ...(['late.ts', 'mpegts'] as const),
      [...chosen, '-output_ts_offset', '90000'],
    ],
    ['120 frames a second', '120.mp4', MP4, [...tinyPicture(1, '120'), ...keysAt(0, 0.4)]],
  ])('are found in %s', async (_, file, container, args) => {
    const path = clips.make(file, ...args);
    expectSame(await keyFramesOf(path, described(container), FFPROBE), shownKeyFrames(path));
  });

  it('are the same in the index as in the packets', async () => {
    for (const file of ['end.mp4', 'front.mov', 'ntsc.mp4', 'uneven.mp4']) {
      const path = clips.path(file);
      const scanned = await keyFramesOf(path, described('another'), FFPROBE);
      if (!scanned) throw new Error('Packets tell where the key frames are.');
      expectSame(await keyFramesOf(path, described(MP4), FFPROBE), scanned);
    }
  });

  it('are those of the picture, wherever it lies among the streams', async () => {
    const both = [...tone(2), ...tinyPicture(2), '-map', '0', '-map', '1'];
    const path = clips.make('second.mkv', ...both, ...keysAt(0, 1.6), '-c:a', 'aac');
    const found = await keyFramesOf(path, described(MATROSKA, 1), FFPROBE);
    expectSame(found, { frames: 50, seconds: 2, longestGapSeconds: 1.6 });
  });

  it('are looked for where the probed container has them', async () => {
    for (const [file, container] of [
      ['end.mov', MP4],
      ['chosen.mkv', MATROSKA],
      ['chosen.ts', 'mpegts'],
    ] as const) {
      expect((await probeSource(clips.path(file), FFPROBE)).container).toBe(container);
    }
  });

  it.each<[string, string, string, string[]]>([
    ['in fragments', 'fragments.mp4', MP4, ['-movflags', '+frag_keyframe+empty_moov']],
    ['that begin late', 'cut.mkv', MATROSKA, ['-bsf:v', 'noise=drop=not(n)']],
    ['that are one', 'one.mkv', MATROSKA, ['-frames:v', '1']],
    ['that are one in an index', 'one.mp4', MP4, ['-frames:v', '1']],
  ])('are not told for frames %s', async (_, file, container, args) => {
    const path = clips.make(file, ...tinyPicture(4), ...keysAt(0, 1.6), ...args);
    expect(await keyFramesOf(path, described(container), FFPROBE)).toBeUndefined();
  });
});

describe('the index of a file', () => {
  const path = clips.make('index.mp4', ...tinyPicture(2), ...keysAt(0, 0.8));
  const bytes = readFileSync(path);
  const moovAt = bytes.indexOf('moov') - 4;
  const mdatAt = bytes.indexOf('mdat') - 4;
  const moov = bytes.subarray(moovAt);
  const expected = { frames: 50, seconds: 2, longestGapSeconds: 1.2 };
  const box = (size: number, type: string, length = size) => {
    const made = Buffer.alloc(length);
    made.writeUInt32BE(size, 0);
    made.write(type, 4);
    return made;
  };
  const read = (...parts: Uint8Array[]) => {
    const changed = clips.path('changed.mp4');
    writeFileSync(changed, Buffer.concat(parts));
    return keyFramesOf(changed, described(MP4), NO_FFPROBE);
  };

  it('is read without ffprobe', async () => {
    expect(await keyFramesOf(path, described(MP4), NO_FFPROBE)).toEqual(expected);
  });

  it('is found behind boxes of any length', async () => {
    const front = bytes.subarray(0, mdatAt);
    const long = box(1, 'mdat', 48);
    long.writeBigUInt64BE(48n, 8);
    expect(await read(front, long, moov)).toEqual(expected);
    expect(await read(front, box(8, 'free'), moov)).toEqual(expected);
    expect(await read(front, moov, box(0, 'mdat', 500))).toEqual(expected);
    expect(await read(moov)).toEqual(expected);
  });

  it('that is not there tells nothing', async () => {
    expect(await read(bytes.subarray(0, moovAt))).toBeUndefined();
    expect(await read()).toBeUndefined();
    expect(await read(Buffer.alloc(1000))).toBeUndefined();
    expect(await read(Buffer.from('not a film at all '.repeat(50)))).toBeUndefined();
  });

  it('that ends too soon, or is longer than any, tells nothing', async () => {
    expect(await read(bytes.subarray(0, -1))).toBeUndefined();
    expect(await read(bytes.subarray(0, moovAt + 12))).toBeUndefined();
    expect(await read(box(0xffff_ffff, 'moov', 100))).toBeUndefined();
    const endless = box(1, 'moov', 100);
    endless.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 8);
    expect(await read(endless)).toBeUndefined();
  });

  it('behind boxes that do not add up tells nothing', async () => {
    expect(await read(box(7, 'free', 16), moov)).toBeUndefined();
    const short = box(1, 'free', 16);
    short.writeBigUInt64BE(15n, 8);
    expect(await read(short, moov)).toBeUndefined();
    expect(await read(box(4_000_000, 'free', 16), moov)).toBeUndefined();
  });

  it('behind more boxes than any film has is not waited for', async () => {
    const boxes = Buffer.concat(Array<Buffer>(400_000).fill(box(8, 'free')));
    const [, seconds] = await timed(read(boxes, moov));
    expect(seconds).toBeLessThan(20);
  });

  it('that counts billions of frames is believed at once: nobody counts after it', async () => {
    const counted = Buffer.from(moov);
    const times = counted.indexOf('stts') + 12;
    counted.writeUInt32BE(0xffff_ffff, times);
    expect(await read(counted)).toMatchObject({ frames: 0xffff_ffff });
  });

  it('of a file that is gone is an error of the machine', async () => {
    const gone = keyFramesOf(clips.path('gone.mp4'), described(MP4), NO_FFPROBE);
    await expect(gone).rejects.toThrow('ENOENT');
  });
});

describe('reading the packets', () => {
  const scan = (options: Parameters<typeof keyFramesOf>[2], index = 0) =>
    keyFramesOf(clips.path('any.mkv'), described(MATROSKA, index), options);
  const packets = (count: number, from = 0) =>
    `awk 'BEGIN { for (n = ${from}; n < ${from + count}; n++) printf "%f,%s\\n", n / 25, n % 50 ? "__" : "K_" }'`;

  it('asks for those of the picture, of a file that opens no other', async () => {
    const asked = clips.path('asked');
    await scan(fake('asks', `printf '%s\\n' "$@" > ${asked}`), 3);
    const args = readFileSync(asked, 'utf8').split('\n');
    expect(args[args.indexOf('-select_streams') + 1]).toBe('3');
    expect(args[args.indexOf('-protocol_whitelist') + 1]).toBe('file,pipe');
    expect(args[args.indexOf('-i') + 1]).toBe(`file:${clips.path('any.mkv')}`);
  });

  it('takes them in whatever shape ffprobe gives them', async () => {
    const found = { frames: 100, seconds: 4, longestGapSeconds: 2 };
    expectSame(await scan(fake('all', packets(100))), found);
    expectSame(await scan(fake('spaced', `${packets(100)} | sed 's/$/,\\n/'`)), found);
    const half = 'echo 0.000000,K_; echo 0.040000,_D; echo 0.080000,KD';
    expectSame(await scan(fake('flags', half)), {
      frames: 3,
      seconds: 0.12,
      longestGapSeconds: 0.08,
    });
  });

  it('tells nothing of packets without a time, or of none', async () => {
    expect(await scan(fake('timeless', 'echo 0.0,K_; echo N/A,__'))).toBeUndefined();
    expect(await scan(fake('none', 'true'))).toBeUndefined();
    expect(await scan(fake('headless', packets(40, 1)))).toBeUndefined();
  });

  it('ends after some seconds, with nothing', async () => {
    const slow = fake('slow', `${packets(100)}; exec sleep 30`);
    const [found, seconds] = await timed(scan({ ffprobePath: slow.ffprobePath }));
    expect(found).toBeUndefined();
    expect(seconds).toBeGreaterThan(1.9);
    expect(seconds).toBeLessThan(20);
  });

  it('ends after as long as it is given, whatever is still coming in', async () => {
    const busy = fake('busy', `exec awk 'BEGIN { for (;;) print "0.0,K_" }'`);
    const [found, seconds] = await timed(scan({ ...busy, limitSeconds: 0.3 }));
    expect(found).toBeUndefined();
    expect(seconds).toBeLessThan(20);
  });

  it('ends one that does not want to', async () => {
    const stubborn = fake('stubborn', `trap '' TERM; ${packets(100)}; exec sleep 30`);
    const [found, seconds] = await timed(scan({ ...stubborn, limitSeconds: 0.3 }));
    expect(found).toBeUndefined();
    expect(seconds).toBeLessThan(20);
  });

  it('has time enough for a slow one that comes to its end', async () => {
    const slow = fake('late', `sleep 0.5; ${packets(100)}`);
    expectSame(await scan(slow), { frames: 100, seconds: 4, longestGapSeconds: 2 });
  });

  it('tells apart a source that is slow from a tool that fails', async () => {
    const failing = fake('failing', `${packets(100)}; echo why >&2; exit 3`);
    await expect(scan(failing)).rejects.toMatchObject({ reason: 'exit', exitCode: 3 });
    await expect(scan(NO_FFPROBE)).rejects.toMatchObject({ reason: 'spawn' });
  });

  it('is stopped by whoever asked for it', async () => {
    const signal = AbortSignal.timeout(200);
    const stopped = scan({ ...fake('sleeps', 'exec sleep 30'), signal });
    await expect(stopped).rejects.toMatchObject({ reason: 'aborted' });
  });
});
