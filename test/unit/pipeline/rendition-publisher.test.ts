import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DiskStorage } from '../../../src/infrastructure/storage/disk-storage.js';
import { parseMediaPlaylist } from '../../../src/media/hls-media-playlist.js';
import { Packager } from '../../../src/media/packager.js';
import { RenditionPublisher } from '../../../src/pipeline/rendition-publisher.js';
import { clip } from '../../support/clips.js';
import { packaged } from '../media/cmaf.js';

const ids = {
  videoId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01',
  revisionId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a02',
};
const PREFIX = `videos/${ids.videoId}/${ids.revisionId}/v180p/`;
const LENGTHS = { firstSeconds: 2, segmentSeconds: 4 };

let work: string;
/** What ffmpeg makes of a clip of ten seconds: a header, and five fragments of two seconds. */
let made: { header: Uint8Array; fragments: Uint8Array[] };
let storage: DiskStorage;
/** The time is ours: half a second passes between what the encoder writes. */
let now = Date.now();

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'videoflix-publisher-'));
  const keys = ['-force_key_frames', 'expr:gte(t,n_forced*2)'];
  const encode = ['-map', '0:v', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50', ...keys];
  const stream = ['-movflags', '+cmaf+empty_moov+frag_keyframe', '-f', 'mp4', 'pipe:1'];
  const args = ['-v', 'error', '-i', await clip('long'), ...encode, ...stream];
  const options = { encoding: 'buffer', maxBuffer: 1e8 } as const;
  const { stdout } = await promisify(execFile)('ffmpeg', args, options);
  const starts = [...stdout.toString('latin1').matchAll(/moof/g)].map(({ index }) => index - 4);
  made = {
    header: stdout.subarray(0, starts[0]),
    fragments: starts.map((start, at) => stdout.subarray(start, starts[at + 1])),
  };
});

beforeEach(async () => {
  storage = new DiskStorage(await mkdtemp(path.join(work, 'case-')));
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});

afterEach(() => jest.restoreAllMocks());
afterAll(() => rm(work, { recursive: true }));

function newPublisher(): RenditionPublisher {
  return new RenditionPublisher(storage, ids, 'v180p', new Packager(LENGTHS), 4);
}

/** Lets the publisher read the header or a fragment, counted from 1. */
async function written(publisher: RenditionPublisher, ...fragments: number[]): Promise<void> {
  for (const number of fragments) {
    now += 500;
    const piece = number === 0 ? made.header : made.fragments[number - 1];
    await publisher.consume(Readable.from([piece]));
  }
}

async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of storage.list(PREFIX)) keys.push(key.slice(PREFIX.length));
  return keys.sort();
}

async function listed(file = 'index.m3u8') {
  return parseMediaPlaylist(await text(await storage.read(PREFIX + file)));
}

const segmentNames = (count: number) =>
  Array.from({ length: count }, (_, at) => `segment_0000${at + 1}.m4s`);

describe('publishing while the encoder works', () => {
  test('lists nothing before the first segment', async () => {
    const publisher = newPublisher();
    expect(() => publisher.codec).toThrow('no init segment');
    await written(publisher, 0);
    expect(publisher.started).toBe(false);
    expect(await stored()).toEqual(['init.mp4']);
    expect(() => publisher.measurement()).toThrow('did not come to an end');
  });

  test('brings each segment into the storage as it is finished, and lists it afterwards', async () => {
    const publisher = newPublisher();
    await written(publisher, 0, 1);
    expect(publisher.started).toBe(true);
    expect(publisher.codec).toMatch(/^avc1\.[0-9a-f]{6}$/);
    expect(publisher.publishedSeconds).toBeCloseTo(2, 3);
    expect(await stored()).toEqual(['index.m3u8', 'init.mp4', 'segment_00001.m4s']);
    expect(await listed()).toMatchObject({ ended: false, initUri: 'init.mp4' });
    await written(publisher, 2);
    const { segments, ended } = await listed();
    expect([segments.map(({ uri }) => uri), ended]).toEqual([segmentNames(2), false]);
    const whole = packaged(Buffer.concat([made.header, ...made.fragments]), LENGTHS);
    for (const [at, name] of ['init.mp4', ...segmentNames(2)].entries()) {
      const bytes = await buffer(await storage.read(PREFIX + name));
      expect(bytes.equals(whole.content[at] ?? new Uint8Array())).toBe(true);
    }
  });

  test('writes the playlist twice a second at most', async () => {
    const publisher = newPublisher();
    const write = jest.spyOn(storage, 'write');
    await publisher.consume(Readable.from([made.header, ...made.fragments]));
    expect((await listed()).segments).toHaveLength(1);
    expect(await stored()).toEqual(['index.m3u8', 'init.mp4', ...segmentNames(4)]);
    await publisher.finish();
    expect((await listed()).segments).toHaveLength(5);
    const keys = write.mock.calls.map(([key]) => key);
    expect(keys.filter((key) => key.endsWith('index.m3u8'))).toHaveLength(2);
  });

  test('tells that the storage fails, however long the encoder is quiet meanwhile', async () => {
    const broken = new Error('no room');
    jest.spyOn(storage, 'write').mockRejectedValue(broken);
    const slow = (async function* () {
      yield made.header;
      // Long enough for a failure that nobody listens to to end the process.
      await sleep(50);
      for (const fragment of made.fragments) yield fragment;
    })();
    await expect(newPublisher().consume(slow)).rejects.toBe(broken);
  });

  test('ends the playlist with the encoder, and tells what came of it', async () => {
    const publisher = newPublisher();
    await written(publisher, 0, 1, 2, 3, 4, 5);
    expect(await listed()).toMatchObject({ ended: false });
    await publisher.finish();
    expect(await listed()).toMatchObject({ ended: true });
    const seconds = (await listed()).segments.map(({ durationSeconds }) => durationSeconds);
    expect(seconds).toEqual([2, 2, 2, 2, 2]);
    const sizes = await Promise.all(
      ['init.mp4', ...segmentNames(5)].map(
        async (name) => (await storage.info(PREFIX + name)).sizeBytes,
      ),
    );
    const [init = 0, ...segments] = sizes;
    const mediaBytes = segments.reduce((sum, size) => sum + size, 0);
    expect(publisher.measurement()).toMatchObject({
      codecs: publisher.codec,
      segmentCount: 5,
      durationSeconds: expect.closeTo(10, 3) as number,
      sizeBytes: init + mediaBytes,
      averageBandwidthBps: Math.ceil((mediaBytes * 8) / 10),
    });
    expect(publisher.measurement().peakBandwidthBps).toBeGreaterThanOrEqual(
      Math.ceil((Math.max(...segments) * 8) / 2),
    );
  });

  test('stores and lists in the end what is less than a segment', async () => {
    const publisher = newPublisher();
    await publisher.consume(Readable.from([made.header, made.fragments[0]?.subarray(0, -1)]));
    expect(publisher.started).toBe(false);
    await publisher.consume(Readable.from([made.fragments[0]?.subarray(-1)]));
    await written(publisher, 2, 3, 4, 5);
    expect(await stored()).not.toContain('segment_00005.m4s');
    await publisher.finish();
    expect(await stored()).toEqual(
      ['iframes.m3u8', 'index.m3u8', 'init.mp4', ...segmentNames(5)].sort(),
    );
  });

  test('lists its key frames in the end', async () => {
    const publisher = newPublisher();
    await written(publisher, 0, 1, 2, 3, 4, 5);
    await publisher.finish();
    const { segments, ended } = await listed('iframes.m3u8');
    expect(ended).toBe(true);
    expect(segments.map(({ uri }) => uri)).toEqual(segmentNames(5));
    for (const { uri, byteRange, durationSeconds } of segments) {
      expect(durationSeconds).toBe(2);
      const { start = 0, bytes = 0 } = byteRange ?? {};
      const segment = await buffer(await storage.read(PREFIX + uri));
      expect(segment.toString('latin1', start + 4, start + 8)).toBe('moof');
      expect(bytes).toBeLessThan(segment.length - start);
    }
  });

  test('tells when a segment cannot be stored', async () => {
    const publisher = newPublisher();
    await written(publisher, 0, 1);
    jest.spyOn(storage, 'write').mockRejectedValueOnce(new Error('no room'));
    await expect(written(publisher, 2)).rejects.toThrow('no room');
    expect((await listed()).segments).toHaveLength(1);
  });

  test('tells when the stream is damaged', async () => {
    const damaged = Buffer.concat([made.header, ...made.fragments]);
    damaged.writeUInt32BE(0xffff_ffff, damaged.lastIndexOf('moof') - 4);
    const consumed = newPublisher().consume(Readable.from([damaged]));
    await expect(consumed).rejects.toBeInstanceOf(RangeError);
  });
});

test('an encoding that starts over never shortens the playlist people are watching', async () => {
  await written(newPublisher(), 0, 1, 2);
  const second = newPublisher();
  const lengths: number[] = [];
  await written(second, 0);
  for (const fragment of [1, 2, 3, 4, 5]) {
    await written(second, fragment);
    lengths.push((await listed()).segments.length);
  }
  // The last two seconds are less than a segment: they wait for the end.
  expect(lengths).toEqual([2, 2, 3, 4, 4]);
  await second.finish();
  const { segments, ended } = await listed();
  expect([segments.length, ended]).toEqual([5, true]);
  expect(second.measurement().segmentCount).toBe(5);
});
