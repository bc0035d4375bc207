import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fragmentsOf, trackHeader } from '../../../src/media/fragments.js';
import { boxAt, boxes, viewOf } from '../../../src/media/iso-bmff.js';
import { splitAtKeyFrames } from '../../../src/media/split-fragments.js';
import { clipFolder, fastH264, picture } from '../media-tools/clips.js';

const clips = clipFolder();
afterAll(() => clips.remove());

/** One segment of four seconds as ffmpeg writes it, and its init segment. */
function segmentOf(name: string, ...encoding: string[]) {
  const to = (file: string) => clips.path(`${name}-${file}`);
  const hls = [
    '-f',
    'hls',
    '-hls_time',
    '4',
    '-hls_segment_type',
    'fmp4',
    '-hls_flags',
    '+temp_file',
  ];
  const options = ['-hls_segment_options', 'movflags=+cmaf', '-hls_fmp4_init_filename'];
  const names = [`${name}-init.mp4`, '-hls_segment_filename', to('%d.m4s')];
  const video = [...picture(4), ...fastH264, '-sc_threshold', '0', ...encoding];
  clips.make(`${name}-index.m3u8`, ...video, ...hls, ...options, ...names);
  return { init: readFileSync(to('init.mp4')), segment: readFileSync(to('0.m4s')) };
}

/** Times, sizes and flags of the packets, and a checksum of each one's bytes. */
function packets(...content: Uint8Array[]): string {
  const entries = 'packet=pts,dts,duration,size,flags,data_hash';
  const args = [
    '-v',
    'error',
    '-show_data_hash',
    'CRC32',
    '-show_entries',
    entries,
    '-of',
    'csv',
    '-',
  ];
  return execFileSync('ffprobe', args, { input: Buffer.concat(content) }).toString();
}

describe('a segment without B-frames', () => {
  const { init, segment } = segmentOf('without', '-g', '50');
  const track = trackHeader(init);
  const split = splitAtKeyFrames(segment, track.defaults);

  it('gets a fragment for each key frame and one for what depends on it', () => {
    const types = boxes(split).map(({ type }) => type);
    const fragment = ['moof', 'mdat'];
    expect(types).toEqual(['styp', 'sidx', ...fragment, ...fragment, ...fragment, ...fragment]);
    const fragments = fragmentsOf(split, track);
    const frame = track.timescale / 25;
    expect(fragments.map((f) => [f.startTicks, f.durationTicks, !!f.keyFrame])).toEqual([
      [0, frame, true],
      [frame, 49 * frame, false],
      [50 * frame, frame, true],
      [51 * frame, 49 * frame, false],
    ]);
    const numbers = boxes(split)
      .filter(({ type }) => type === 'moof')
      .map(({ payload }) => viewOf(boxAt(payload, ['mfhd']) ?? payload).getUint32(4));
    expect(numbers).toEqual([0, 1, 2, 3].map((at) => (numbers[0] ?? 0) + at));
  });

  it('has key frames that are whole files with the init segment', () => {
    for (const { keyFrame } of fragmentsOf(split, track)) {
      if (!keyFrame) continue;
      const range = split.subarray(keyFrame.start, keyFrame.start + keyFrame.bytes);
      expect(boxes(range).map(({ type }) => type)).toEqual(['moof', 'mdat']);
      expect(packets(init, range).split('\n').filter(Boolean)).toHaveLength(1);
    }
  });

  it('keeps every packet as it was', () => {
    expect(packets(init, split)).toBe(packets(init, segment));
    expect(packets(init, split).split('\n').filter(Boolean)).toHaveLength(100);
  });

  it('has an index of its fragments', () => {
    const index = viewOf(boxAt(split, ['sidx']) ?? split);
    expect(index.getUint16(30)).toBe(4);
    const entries = [32, 44, 56, 68].map((at) => ({
      bytes: index.getUint32(at),
      ticks: index.getUint32(at + 4),
      isAccessible: index.getUint32(at + 8) !== 0,
    }));
    const frame = track.timescale / 25;
    expect(entries.map(({ ticks }) => ticks)).toEqual([1, 49, 1, 49].map((n) => n * frame));
    expect(entries.map(({ isAccessible }) => isAccessible)).toEqual([true, false, true, false]);
    const [first, third] = fragmentsOf(split, track).flatMap(({ keyFrame }) => keyFrame ?? []);
    const indexed = entries.reduce((sum, entry) => sum + entry.bytes, first?.start ?? 0);
    expect(indexed).toBe(split.length);
    expect([entries[0]?.bytes, entries[2]?.bytes]).toEqual([first?.bytes, third?.bytes]);
  });

  it('is not split again', () => {
    expect(splitAtKeyFrames(split, track.defaults)).toBe(split);
  });
});

describe('a segment with B-frames', () => {
  const { init, segment } = segmentOf('with', '-g', '50', '-bf', '2', '-preset', 'veryfast');
  const track = trackHeader(init);
  const split = splitAtKeyFrames(segment, track.defaults);

  it('gets a fragment that begins with each key frame', () => {
    const half = 2 * track.timescale;
    expect(
      fragmentsOf(split, track).map((f) => [f.startTicks, f.durationTicks, !!f.keyFrame]),
    ).toEqual([
      [0, half, true],
      [half, half, true],
    ]);
  });

  it('keeps every packet as it was', () => {
    expect(packets(init, split)).toBe(packets(init, segment));
  });
});

describe('a segment stays as it is', () => {
  const { init, segment } = segmentOf('single', '-g', '100');
  const { defaults } = trackHeader(init);
  const changed = (type: string, at: number, value: number) => {
    const copy = Buffer.from(segment);
    copy.writeUInt8(value, copy.indexOf(type) + 4 + at);
    return copy;
  };

  it('with a single frame', () => {
    const still = segmentOf('still', '-frames:v', '1');
    expect(splitAtKeyFrames(still.segment, trackHeader(still.init).defaults)).toBe(still.segment);
  });

  it.each([
    ['with a box that it does not know', 'sidx', -1],
    ['whose data is counted from elsewhere', 'tfhd', 3],
    ['whose index has many references', 'sidx', 30],
    ['whose times are short', 'tfdt', 0],
  ])('%s', (_, type, at) => {
    const other = changed(type, at, at === 0 ? 0 : 0xff);
    expect(splitAtKeyFrames(other, defaults)).toBe(other);
  });
});
