import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { boxAt, boxes, viewOf } from '../../../src/media/iso-bmff.js';
import { codecString } from '../../../src/media/codec-strings.js';
import { renditionFolders } from '../../../src/media/encode-args.js';
import { segmentLengths } from '../../../src/media/gop.js';
import { parseMediaPlaylist } from '../../../src/media/hls-media-playlist.js';
import { MediaFault } from '../../../src/media/media-fault.js';
import { Packager } from '../../../src/media/packager.js';
import {
  DEFAULT_ENCODING_SETTINGS,
  type EncodingSettings,
} from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import type { EncodeProgress } from '../../../src/media/progress.js';
import { alignmentProblems, renditionProblems } from '../../../src/media/verify.js';
import { probeSource } from '../../../src/media-tools/ffprobe.js';
import { runFfmpeg } from '../../../src/media-tools/ffmpeg.js';
import { toolsReport } from '../../../src/media-tools/tools-version.js';
import { verifyRendition } from '../../../src/media-tools/verify-rendition.js';
import { filesBelow } from '../../support/files.js';
import { clipFolder, fastH264, picture, tone } from './clips.js';
import { encodeIntoFolder } from './encoded.js';

const clips = clipFolder();
afterAll(() => clips.remove());

const settings = { ...DEFAULT_ENCODING_SETTINGS, remux: false, rungShortSides: [120, 240] };

/** Probes and plans a clip, and makes the folder its run writes into. */
async function prepare(sourcePath: string, changes: Partial<EncodingSettings> = {}) {
  const source = await probeSource(sourcePath, { ffprobePath: 'ffprobe' });
  const plan = planEncoding(source, { ...settings, ...changes });
  const run = plan.runs[0];
  if (!run) throw new Error('A plan has a run.');
  const outputDirectory = mkdtempSync(clips.path('out-'));
  const locations = { sourcePath, outputDirectory, threads: 2 };
  const read = (...path: string[]) => readFileSync(join(outputDirectory, ...path));
  const list = (folder: string) => parseMediaPlaylist(read(folder, 'index.m3u8').toString());
  return { plan, run, locations, read, list };
}
type Prepared = Awaited<ReturnType<typeof prepare>>;

/** Presentation time of each packet and whether it is a key frame, as ffprobe reads them. */
function packets({ read, list }: Prepared, folder: string): string[] {
  const input = [
    read(folder, 'init.mp4'),
    ...list(folder).segments.map((s) => read(folder, s.uri)),
  ];
  const args = ['-v', 'error', '-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0', '-'];
  const text = execFileSync('ffprobe', args, { input: Buffer.concat(input) }).toString();
  return text.split('\n').filter((line) => line !== '');
}

/** Decode time of the first sample and its composition offset, straight from the boxes. */
function firstSampleTime(segment: Uint8Array): number {
  const tfdt = viewOf(boxAt(segment, ['moof', 'traf', 'tfdt']) ?? new Uint8Array());
  const trun = viewOf(boxAt(segment, ['moof', 'traf', 'trun']) ?? new Uint8Array());
  expect(trun.getUint32(0) & 0x800).toBe(0); // no composition offsets
  return Number(tfdt.getBigUint64(4));
}

describe('encoding a clip', () => {
  let encoded: Prepared;
  const reports: EncodeProgress[] = [];
  beforeAll(async () => {
    const inputs = [...picture(5), ...tone(6)];
    const maps = ['-map', '0:v', '-map', '1:a', '-map', '1:a', '-c:a', 'aac'];
    const languages = ['-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu'];
    encoded = await prepare(clips.make('clip.mkv', ...inputs, ...maps, ...fastH264, ...languages));
    const onProgress = (report: EncodeProgress) => reports.push(report);
    await encodeIntoFolder(encoded.plan, encoded.run, encoded.locations, { onProgress });
  });

  it('writes every rung, every track and the stills', () => {
    expect(readdirSync(encoded.locations.outputDirectory).sort()).toEqual(
      [
        ...['a0-en', 'a1-de', 'poster.jpg', 'preview.mp4', 'storyboard', 'thumbnail.jpg'],
        ...['v120p', 'v240p'],
      ].sort(),
    );
    expect(readdirSync(join(encoded.locations.outputDirectory, 'v240p')).sort()).toEqual(
      ['index.m3u8', 'init.mp4', ...[1, 2, 3].map((number) => `segment_0000${number}.m4s`)].sort(),
    );
  });

  it('has the same frames and the same key frames in every rung', () => {
    const low = packets(encoded, 'v120p');
    expect(packets(encoded, 'v240p')).toEqual(low);
    expect(low).toHaveLength(150);
    const keys = low.filter((line) => line.includes('K')).map(Number.parseFloat);
    expect(keys).toEqual([0, 2, 4]);
  });

  it('starts picture and sound at 0, without an edit list', () => {
    for (const folder of renditionFolders(encoded.run)) {
      const init = encoded.read(folder, 'init.mp4');
      expect(boxAt(init, ['moov', 'trak', 'edts'])).toBeUndefined();
      expect(firstSampleTime(encoded.read(folder, 'segment_00001.m4s'))).toBe(0);
      expect(packets(encoded, folder)[0]).toMatch(/^0\.0+,K/);
    }
  });

  it('holds the last frame while the sound goes on', () => {
    expect(encoded.plan.durationSeconds).toBeCloseTo(6, 1);
    expect(encoded.list('v240p').segments.map((s) => s.durationSeconds)).toEqual([2, 2, 2]);
  });

  it('makes CMAF, H.264 High and AAC-LC', () => {
    const typesIn = (folder: string) =>
      boxes(encoded.read(folder, 'segment_00001.m4s')).map((box) => box.type);
    expect(typesIn('v240p')).toEqual(['styp', 'sidx', 'moof', 'mdat', 'moof', 'mdat']);
    expect(typesIn('a0-en')).toEqual(['styp', 'sidx', 'moof', 'mdat']);
    expect(codecString(encoded.read('v240p', 'init.mp4'))).toMatch(/^avc1\.6400/);
    expect(codecString(encoded.read('a0-en', 'init.mp4'))).toBe('mp4a.40.2');
  });

  it('passes its verification', async () => {
    const { plan, run, read, list } = encoded;
    for (const folder of renditionFolders(run)) {
      expect(renditionProblems(list(folder), plan)).toEqual([]);
      const [first, ...more] = list(folder).segments.map((segment) => read(folder, segment.uri));
      if (!first) throw new Error('A rendition has a segment.');
      const init = read(folder, 'init.mp4');
      const sample = { ...plan, init, first, last: more.at(-1) };
      expect(await verifyRendition(sample, { ffmpegPath: 'ffmpeg' })).toEqual([]);
    }
    expect(alignmentProblems(new Map(run.video.map((v) => [v.folder, list(v.folder)])))).toEqual(
      [],
    );
  });

  it('fails its verification when a segment is damaged or belongs to a longer title', async () => {
    const { plan, read } = encoded;
    const init = read('v240p', 'init.mp4');
    const first = read('v240p', 'segment_00001.m4s');
    const damaged = Buffer.from(first).fill(0x55, first.length - 3000);
    const verify = (sample: object) =>
      verifyRendition({ ...plan, init, first, ...sample }, { ffmpegPath: 'ffmpeg' });
    expect((await verify({ first: damaged })).join()).toContain('does not decode');
    expect((await verify({ durationSeconds: 60 })).join()).toContain('last frame ends at');
  });

  it('reports its progress to the end', () => {
    expect(reports.at(-1)).toMatchObject({ frame: 150, finished: true });
  });
});

describe('running ffmpeg', () => {
  it('hands over segments while it runs', async () => {
    const clip = clips.make('long.mkv', ...picture(30, 25, '640x480'), ...fastH264);
    const { plan, run, locations } = await prepare(clip);
    let seconds = 0;
    const startedAt: number[] = [];
    const outputs = renditionFolders(run).map(() => async (bytes: Readable) => {
      const packager = new Packager(segmentLengths(plan));
      let segments = 0;
      for await (const piece of bytes) {
        const before = segments;
        segments += packager.push(piece as Uint8Array).segments.length;
        if (before === 0 && segments > 0) startedAt.push(seconds);
      }
      expect(segments + packager.end().length).toBe(10);
    });
    const onProgress = ({ outTimeSeconds }: EncodeProgress) => (seconds = outTimeSeconds);
    await encodeIntoFolder(plan, run, locations, { outputs, onProgress });
    expect(startedAt).toHaveLength(2);
    expect(Math.max(...startedAt)).toBeLessThan(20);
  });

  it('works in a folder and on a file with percent signs', async () => {
    const clip = clips.make('plain.mkv', ...picture(3), ...tone(3), ...fastH264, '-c:a', 'aac');
    const sourcePath = clips.path('100%d of %05d %%.mkv');
    renameSync(clip, sourcePath);
    const { plan, run } = await prepare(sourcePath);
    const outputDirectory = clips.path('50% of %d');
    mkdirSync(outputDirectory);
    await encodeIntoFolder(plan, run, { sourcePath, outputDirectory, threads: 2 });
    const segments = ['segment_00001.m4s', 'segment_00002.m4s'];
    expect((await filesBelow(outputDirectory)).sort()).toEqual(
      [
        ...renditionFolders(run).flatMap((folder) =>
          ['index.m3u8', 'init.mp4', ...segments].map((file) => `${folder}/${file}`),
        ),
        ...['poster.jpg', 'preview.mp4', 'storyboard/sheet_001.jpg', 'thumbnail.jpg'],
      ].sort(),
    );
  });

  it('is stopped by a stream that is damaged, which is told', async () => {
    const { plan, run, locations } = await prepare(clips.path('long.mkv'));
    const outputs = renditionFolders(run).map((_, at) => async (bytes: Readable) => {
      const packager = new Packager(segmentLengths(plan));
      for await (const piece of bytes) {
        const from = (piece as Buffer).indexOf('moof');
        if (at === 0 && from >= 4) (piece as Buffer).writeUInt32BE(0xffff_ffff, from - 4);
        packager.push(piece as Uint8Array);
      }
    });
    let last: EncodeProgress | undefined;
    const onProgress = (report: EncodeProgress) => (last = report);
    const running = encodeIntoFolder(plan, run, locations, { outputs, onProgress });
    await expect(running).rejects.toBeInstanceOf(RangeError);
    expect(last?.outTimeSeconds ?? 0).toBeLessThan(20);
  });

  it('stops when it is told to', async () => {
    const endless = [
      '-v',
      'error',
      '-progress',
      'pipe:1',
      '-re',
      ...picture(60),
      '-f',
      'null',
      '-',
    ];
    const abort = new AbortController();
    const running = runFfmpeg({ ffmpegPath: 'ffmpeg', args: endless, signal: abort.signal });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const started = Date.now();
    abort.abort();
    await expect(running).rejects.toMatchObject({ reason: 'aborted' });
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('takes reports without progress for a stall', async () => {
    const script =
      'while :; do echo frame=1; echo out_time_us=5; echo progress=continue; sleep 0.1; done';
    const running = runFfmpeg({ ffmpegPath: 'sh', args: ['-c', script], stallSeconds: 0.5 });
    await expect(running).rejects.toMatchObject({ reason: 'stalled' });
  });

  it('blames the source, or else the machine', async () => {
    writeFileSync(clips.path('none.mp4'), 'no video');
    const decode = (path: string) =>
      runFfmpeg({ ffmpegPath: 'ffmpeg', args: ['-v', 'error', '-i', path, '-f', 'null', '-'] });
    await expect(decode(clips.path('none.mp4'))).rejects.toBeInstanceOf(MediaFault);
    await expect(decode(clips.path('missing.mp4'))).rejects.toMatchObject({ reason: 'exit' });
  });
});

describe('the tools', () => {
  it('are there, with all that the pipeline uses', async () => {
    const report = await toolsReport({ ffmpegPath: 'ffmpeg', ffprobePath: 'ffprobe' });
    expect(report.missing).toEqual([]);
    expect(report.ffmpegVersion).toMatch(/^\d|^[nN]/);
  });
});
