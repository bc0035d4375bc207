import { execFileSync } from 'node:child_process';
import type { Sample } from '../../../src/media/samples.js';
import { SourceClock } from '../../../src/media/source-clock.js';
import { clipFolder, tone } from '../media-tools/clips.js';
import { tinyPicture, varying } from '../media-tools/shown-packets.js';
import { copied, packagedCopy, reasonOf, WITH_B, WITHOUT_B, x264 } from './bitstreams.js';
import { packets } from './cmaf.js';

const clips = clipFolder();
afterAll(() => clips.remove());

/** When a file's frames are shown, from the first one on, in ticks of a clock. */
function shownTicks(path: string, timescale: number): number[] {
  const entries = ['-show_entries', 'stream=time_base:packet=pts', '-of', 'default=nw=1:nk=1'];
  const args = ['-v', 'error', '-select_streams', 'v:0', ...entries, path];
  const words = execFileSync('ffprobe', args).toString().split(/\s+/).filter(Boolean);
  const [numerator = NaN, denominator = NaN] =
    words
      .find((word) => word.includes('/'))
      ?.split('/')
      .map(Number) ?? [];
  const shown = words.filter((word) => !word.includes('/')).map(Number);
  const first = Math.min(...shown);
  const ticks = shown.map((pts) => ((pts - first) * numerator * timescale) / denominator);
  return ticks.sort((a, b) => a - b);
}

const shownAt = (sample: Sample) => sample.decodeTicks + sample.compositionTicks;
const ascending = (a: number, b: number) => a - b;

describe("a source's own bitstream", () => {
  /** A film of three seconds whose sound is a little longer, some times in a row. */
  const looped = (extension: string, ...params: string[]) => {
    const sound = ['-c:a', 'aac', '-b:a', '32k'];
    const name = `once-${params.join('').length}.mp4`;
    const once = clips.make(name, ...tinyPicture(3), ...tone(3.02), ...x264(...params), ...sound);
    const loops = ['-stream_loop', '3', '-i', once, '-c', 'copy'];
    return clips.make(`loops-${params.join('').length}.${extension}`, ...loops);
  };
  const made = (file: string, ...args: string[]) => clips.make(file, ...args);
  const ntsc = tinyPicture(3.003, '30000/1001');
  const late = ['-output_ts_offset', '4000'];
  const single = ['-frames:v', '1'];
  const each = (extensions: string[], make: (extension: string) => [string, () => string]) =>
    extensions.map(make);
  const all = ['mp4', 'mov', 'mkv', 'ts'];

  it.each<[string, () => string]>([
    ...each(all, (to) => [
      `without B-frames in ${to}`,
      () => made(`plain.${to}`, ...tinyPicture(3), ...x264(WITHOUT_B)),
    ]),
    ...each(all, (to) => [
      `with B-frames in ${to}`,
      () => made(`b.${to}`, ...tinyPicture(3), ...x264(WITH_B)),
    ]),
    ...each(all, (to) => [
      `of variable rate in ${to}`,
      () => made(`vfr.${to}`, ...varying(60), ...x264(WITHOUT_B)),
    ]),
    ...each(all, (to) => [
      `of variable rate with B-frames in ${to}`,
      () => made(`vfr-b.${to}`, ...varying(60), ...x264(WITH_B)),
    ]),
    ...each(all, (to) => [`in loops in ${to}`, () => looped(to, WITHOUT_B)]),
    ...each(all, (to) => [`in loops with B-frames in ${to}`, () => looped(to, WITH_B)]),
    ['of NTSC in ticks', () => made('ntsc.mp4', ...ntsc, ...x264(WITH_B))],
    ['of NTSC in milliseconds', () => made('ntsc.mkv', ...ntsc, ...x264(WITH_B))],
    ['that starts late', () => made('late.ts', ...tinyPicture(3), ...x264(WITH_B), ...late)],
    ['of key frames alone', () => made('keys.mkv', ...tinyPicture(1), ...x264('keyint=1'))],
    ['of a single frame', () => made('one.mp4', ...tinyPicture(1), ...x264(), ...single)],
  ])('%s keeps its frames and their times', (_, make) => {
    const path = make();
    const { init, segments, fragments, samples, content } = packagedCopy(path, new SourceClock());
    const { timescale } = init.track;

    const hashes = (lines: string[]) => lines.map((line) => line.split(',').at(-1));
    expect(hashes(packets(...content))).toEqual(hashes(packets(copied(path))));
    expect(samples.map(shownAt).sort(ascending)).toEqual(shownTicks(path, timescale));

    let end = 0;
    for (const sample of fragments.flat(2)) {
      expect(sample.decodeTicks).toBe(end);
      expect(sample.durationTicks).toBeGreaterThan(0);
      end += sample.durationTicks;
    }
    let start = 0;
    for (const { durationTicks, fragments: parts } of segments) {
      expect(parts[0]?.startTicks).toBe(start);
      expect(parts.reduce((sum, part) => sum + part.durationTicks, 0)).toBe(durationTicks);
      start += durationTicks;
    }
    expect(start).toBe(end);
    // Each is decoded when one is shown, so the last one stays as long as the one before it.
    const [before, last] = samples.slice(-2);
    if (last) expect(last.durationTicks).toBe(before?.durationTicks);
  });

  it('with open groups is refused', () => {
    // The frames before the second key frame, decoded after it, need those of the first group too.
    const open = [...tinyPicture(3), ...x264('open-gop=1:keyint=27', WITH_B)];
    for (const name of ['open.mkv', 'open.mp4', 'open.ts']) {
      const path = clips.make(name, ...open);
      expect(reasonOf(() => packagedCopy(path, new SourceClock()))).toBe(
        'an open group of pictures',
      );
    }
  });

  it.each([
    ['forth', '+eq(N\\,20)*0.5/TB'],
    ['onto the next one', '+eq(N\\,20)/25/TB'],
  ])(
    'with a frame whose time jumps %s is refused, as ffmpeg would squeeze those after it',
    (...args) => {
      const [name, jump] = args;
      const steady = clips.make('steady.mkv', ...tinyPicture(2), ...x264(WITHOUT_B));
      const copy = ['-i', steady, '-c', 'copy', '-bsf:v', `setts=pts=PTS${jump}:dts=DTS`];
      const path = clips.make(`${name.replaceAll(' ', '-')}.mkv`, ...copy);
      expect(reasonOf(() => packagedCopy(path, new SourceClock()))).toBe('two frames at one time');
    },
  );
});
