import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { DiskStorage } from '../../../src/infrastructure/storage/disk-storage.js';
import { trackHeader } from '../../../src/media/fragments.js';
import { parseMediaPlaylist } from '../../../src/media/hls-media-playlist.js';
import { splitAtKeyFrames } from '../../../src/media/split-fragments.js';
import { RenditionPublisher } from '../../../src/pipeline/rendition-publisher.js';
import { clip } from '../../support/clips.js';

const ids = {
  videoId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01',
  revisionId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a02',
};
const PREFIX = `videos/${ids.videoId}/${ids.revisionId}/v180p/`;

let work: string;
/** What ffmpeg makes of a clip of ten seconds: an init segment, three segments and their playlist. */
let made: string;
let storage: DiskStorage;
let folder: string;

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'videoflix-publisher-'));
  made = path.join(work, 'made');
  await mkdir(made);
  const encode = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-force_key_frames',
    'expr:gte(t,n_forced*4)',
  ];
  const hls = ['-f', 'hls', '-hls_time', '4', '-hls_list_size', '0', '-hls_segment_type', 'fmp4'];
  const names = [
    '-hls_segment_filename',
    path.join(made, 'segment_%05d.m4s'),
    '-start_number',
    '1',
  ];
  const source = ['-v', 'error', '-i', await clip('long'), '-map', '0:v'];
  await promisify(execFile)('ffmpeg', [
    ...source,
    ...encode,
    ...hls,
    ...names,
    path.join(made, 'index.m3u8'),
  ]);
});

beforeEach(async () => {
  const own = await mkdtemp(path.join(work, 'case-'));
  storage = new DiskStorage(path.join(own, 'media'));
  folder = path.join(own, 'encoder');
  await mkdir(folder);
});

afterAll(() => rm(work, { recursive: true }));

function newPublisher(): RenditionPublisher {
  return new RenditionPublisher(storage, ids, 'v180p', folder, 4);
}

/** Makes the folder look as it does when the encoder has finished so many segments. */
async function encoded(segments: number, { ended = false } = {}): Promise<void> {
  const list = await readFile(path.join(made, 'index.m3u8'), 'utf8');
  const entries = list.match(/#EXTINF:.*\n.*\n/g) ?? [];
  const head = list.slice(0, list.indexOf('#EXTINF'));
  for (let at = 1; at <= segments; at += 1) await supply(`segment_0000${at}.m4s`);
  await supply('init.mp4');
  const grown = head + entries.slice(0, segments).join('') + (ended ? '#EXT-X-ENDLIST\n' : '');
  await writeFile(path.join(folder, 'index.m3u8'), grown);
}

/** Once moved away, the encoder does not write a file again. */
const supplied = new Set<string>();
async function supply(name: string): Promise<void> {
  const file = path.join(folder, name);
  if (supplied.has(file)) return;
  supplied.add(file);
  await cp(path.join(made, name), file);
}

async function stored(): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of storage.list(PREFIX)) keys.push(key.slice(PREFIX.length));
  return keys.sort();
}

async function listed() {
  return parseMediaPlaylist(await text(await storage.read(`${PREFIX}index.m3u8`)));
}

describe('publishing while the encoder works', () => {
  test('does nothing before the first segment', async () => {
    const publisher = newPublisher();
    await publisher.advance();
    await encoded(0);
    await publisher.advance();
    expect(publisher.started).toBe(false);
    expect(await stored()).toEqual([]);
    expect(() => publisher.codec).toThrow('no init segment');
    expect(() => publisher.measurement()).toThrow('did not come to an end');
  });

  test('brings each segment into the storage as it is finished, and lists it afterwards', async () => {
    const publisher = newPublisher();
    await encoded(1);
    await publisher.advance();
    expect(publisher.started).toBe(true);
    expect(publisher.codec).toMatch(/^avc1\.[0-9a-f]{6}$/);
    expect(await stored()).toEqual(['index.m3u8', 'init.mp4', 'segment_00001.m4s']);
    expect(await listed()).toMatchObject({ ended: false, initUri: 'init.mp4' });
    await encoded(2);
    await publisher.advance();
    const { segments, ended } = await listed();
    expect([segments.map(({ uri }) => uri), ended]).toEqual([
      ['segment_00001.m4s', 'segment_00002.m4s'],
      false,
    ]);
    for (const name of ['init.mp4', 'segment_00001.m4s', 'segment_00002.m4s']) {
      const bytes = await buffer(await storage.read(PREFIX + name));
      const file = await readFile(path.join(made, name));
      const { defaults } = trackHeader(await readFile(path.join(made, 'init.mp4')));
      expect(bytes.equals(name === 'init.mp4' ? file : splitAtKeyFrames(file, defaults))).toBe(
        true,
      );
    }
  });

  test('takes the segments out of the encoder’s folder', async () => {
    const publisher = newPublisher();
    await encoded(2);
    await publisher.advance();
    expect((await readdir(folder)).sort()).toEqual(['index.m3u8', 'init.mp4']);
  });

  test('writes nothing while nothing is new', async () => {
    const publisher = newPublisher();
    await encoded(1);
    await publisher.advance();
    const before = await storage.info(`${PREFIX}index.m3u8`);
    await publisher.advance();
    expect(await storage.info(`${PREFIX}index.m3u8`)).toEqual(before);
  });

  test('ends the playlist with the encoder, and tells what came of it', async () => {
    const publisher = newPublisher();
    await encoded(1);
    await publisher.advance();
    await encoded(3, { ended: true });
    await publisher.advance();
    expect(await listed()).toMatchObject({ ended: true });
    const sizes = await Promise.all(
      ['init.mp4', 'segment_00001.m4s', 'segment_00002.m4s', 'segment_00003.m4s'].map(
        async (name) => (await storage.info(PREFIX + name)).sizeBytes,
      ),
    );
    const [init = 0, ...segments] = sizes;
    const mediaBytes = segments.reduce((sum, size) => sum + size, 0);
    expect(publisher.measurement()).toMatchObject({
      codecs: publisher.codec,
      segmentCount: 3,
      durationSeconds: expect.closeTo(10, 3) as number,
      sizeBytes: init + mediaBytes,
      averageBandwidthBps: Math.ceil((mediaBytes * 8) / 10),
    });
    expect(publisher.measurement().peakBandwidthBps).toBeGreaterThanOrEqual(
      Math.ceil((Math.max(...segments.slice(0, 2)) * 8) / 4),
    );
  });

  test('tells when the end comes without a new segment', async () => {
    const publisher = newPublisher();
    await encoded(3);
    await publisher.advance();
    await encoded(3, { ended: true });
    await publisher.advance();
    expect(await listed()).toMatchObject({ ended: true });
  });

  test('leaves an entry alone that is not written to its end', async () => {
    const publisher = newPublisher();
    await encoded(1);
    const file = path.join(folder, 'index.m3u8');
    await writeFile(file, `${await readFile(file, 'utf8')}#EXTINF:4.000000,\n`);
    await publisher.advance();
    expect((await listed()).segments).toHaveLength(1);
  });

  test('tells when a segment cannot be stored', async () => {
    const publisher = newPublisher();
    await encoded(2);
    await rm(path.join(folder, 'segment_00002.m4s'));
    await expect(publisher.advance()).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('an encoding that starts over never shortens the playlist people are watching', async () => {
  const first = newPublisher();
  await encoded(2);
  await first.advance();
  supplied.clear();
  await rm(folder, { recursive: true });
  await mkdir(folder);
  const second = newPublisher();
  const lengths: number[] = [];
  for (const segments of [1, 2, 3]) {
    await encoded(segments, { ended: segments === 3 });
    await second.advance();
    lengths.push((await listed()).segments.length);
  }
  expect(lengths).toEqual([2, 2, 3]);
  expect(await listed()).toMatchObject({ ended: true });
  expect(second.measurement().segmentCount).toBe(3);
});
