import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse, setOptions, types } from 'hls-parser';
import { parseMediaPlaylist } from '../../../src/media/hls-media-playlist.js';
import { ticksOf } from '../../../src/media/samples.js';
import { trackHeader } from '../../../src/media/track-header.js';
import { iFrameProblems, mpdProblems } from '../../../src/media/verify.js';
import { fragmentSamples } from '../media/cmaf.js';
import { clipFolder, fastH264, picture, tone } from '../media-tools/clips.js';
import { titleInStorage, type TitleInStorage } from './title-in-storage.js';

const clips = clipFolder();
const titles: Record<string, TitleInStorage> = {};

const CLIPS = {
  'of 25 frames a second with two languages': { rate: '25', seconds: 10, bFrames: 0 },
  'of 30000/1001 frames a second': { rate: '30000/1001', seconds: 9, bFrames: 0 },
  'with B-frames': { rate: '24', seconds: 7, bFrames: 2 },
};
const NAMES = Object.keys(CLIPS);

beforeAll(async () => {
  setOptions({ strictMode: true });
  for (const [name, { rate, seconds, bFrames }] of Object.entries(CLIPS)) {
    const video = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=${rate}:duration=${seconds}`];
    const maps = ['-map', '0:v', '-map', '1:a', '-map', '1:a', '-c:a', 'aac'];
    const languages = ['-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu'];
    // libxml2, with which ffmpeg reads manifests, would refuse any of these unescaped.
    languages.push('-metadata:s:a:1', `title=<&"'>]]>\u0001 Ünïcödé`);
    const file = `${rate.replace('/', '-')}.mkv`;
    const clip = clips.make(file, ...video, ...tone(seconds), ...maps, ...fastH264, ...languages);
    titles[name] = await titleInStorage(clip, { bFrames });
  }
  const silent = clips.make('silent.mkv', ...picture(1), ...fastH264);
  titles['silent'] = await titleInStorage(silent);
});

afterAll(async () => {
  clips.remove();
  for (const title of Object.values(titles)) await title.remove();
});

function titleOf(name: string): TitleInStorage {
  const title = titles[name];
  if (!title) throw new Error(`there is no title ${name}`);
  return title;
}

function listOf(title: TitleInStorage, folder: string, file = 'index.m3u8') {
  return parseMediaPlaylist(readFileSync(title.path(folder, file), 'utf8'));
}

/** Frames that ffmpeg decodes from a manifest or from bytes, each with its time in microseconds. */
function framesOf(input: string | Buffer, stream: string): number[] {
  const file = typeof input === 'string' ? input : '-';
  const entries = ['-select_streams', stream, '-show_entries', 'frame=best_effort_timestamp_time'];
  const text = execFileSync('ffprobe', ['-v', 'error', ...entries, '-of', 'csv=p=0', file], {
    ...(typeof input === 'string' ? {} : { input }),
    stdio: ['pipe', 'pipe', 'ignore'],
  }).toString();
  return text.split('\n').filter(Boolean).map(Number.parseFloat);
}

describe.each(NAMES)('a title %s', (name) => {
  test('is listed by playlists that a strict parser accepts', () => {
    const title = titleOf(name);
    const master = parse(title.master) as types.MasterPlaylist;
    expect(master.independentSegments).toBe(true);
    const uris = master.variants.flatMap(({ uri, audio }) => [uri, ...audio.map((a) => a.uri)]);
    expect(new Set(uris).size).toBe(6); // two rungs with their I-frames, two tracks
    for (const uri of uris) {
      const list = parse(readFileSync(title.path(uri ?? ''), 'utf8')) as types.MediaPlaylist;
      expect(list.endlist).toBe(true);
      expect(list.isIFrame ?? false).toBe(uri?.endsWith('iframes.m3u8'));
    }
  });

  test('announces bit rates within 5 % of those of its files', () => {
    const title = titleOf(name);
    const { variants } = parse(title.master) as types.MasterPlaylist;
    const rates = (folder: string) => {
      const sizes = listOf(title, folder).segments.map(({ uri, durationSeconds }) => ({
        bits: readFileSync(title.path(folder, uri)).length * 8,
        seconds: durationSeconds,
      }));
      const total = (of: typeof sizes) =>
        of.reduce((sum, s) => sum + s.bits, 0) / of.reduce((sum, s) => sum + s.seconds, 0);
      // RFC 8216 4.1: segments shorter than half a target duration have no rate of their own.
      const peak = Math.max(...sizes.filter((s) => s.seconds >= 2).map((s) => total([s])));
      return { peak, average: total(sizes) };
    };
    const audio = title.run.audio.map((track) => rates(track.folder));
    const audioPeak = Math.max(...audio.map(({ peak }) => peak));
    const audioAverage = Math.max(...audio.map(({ average }) => average));
    for (const { uri, bandwidth, averageBandwidth, isIFrameOnly } of variants) {
      if (isIFrameOnly) continue;
      const own = rates(uri.split('/')[0] ?? '');
      expect(bandwidth / (own.peak + audioPeak)).toBeGreaterThan(0.95);
      expect(bandwidth / (own.peak + audioPeak)).toBeLessThan(1.05);
      expect((averageBandwidth ?? 0) / (own.average + audioAverage)).toBeCloseTo(1, 3);
    }
  });

  test('says what a player has to know of each variant', () => {
    const title = titleOf(name);
    const lines = title.master.split('\n').filter((line) => line.startsWith('#EXT-X-STREAM-INF'));
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toMatch(/CODECS="avc1\.[0-9a-f]{6},mp4a\.40\.2"/);
      expect(line).toMatch(
        /RESOLUTION=\d+x\d+,FRAME-RATE=\d+\.\d{3},VIDEO-RANGE=SDR,AUDIO="audio"/,
      );
      expect(line).toContain('CLOSED-CAPTIONS=NONE');
    }
  });

  test('lists durations that are those of the samples, without a gap', () => {
    const title = titleOf(name);
    for (const folder of title.known.keys()) {
      const track = trackHeader(readFileSync(title.path(folder, 'init.mp4')));
      let ticks = 0;
      for (const { uri, durationSeconds } of listOf(title, folder).segments) {
        const samples = fragmentSamples(readFileSync(title.path(folder, uri)), track).flat();
        expect(samples[0]?.decodeTicks).toBe(ticks);
        const lasts = ticksOf(samples);
        expect(Math.round(durationSeconds * track.timescale)).toBe(lasts);
        ticks += lasts;
      }
      expect(ticks / track.timescale).toBeCloseTo(title.plan.durationSeconds, 1);
    }
  });

  test('has I-frames that can be decoded one by one', () => {
    const title = titleOf(name);
    const { segments, initUri } = listOf(title, 'v90p', 'iframes.m3u8');
    expect(iFrameProblems(listOf(title, 'v90p', 'iframes.m3u8'), listOf(title, 'v90p'))).toEqual(
      [],
    );
    const { plan } = title;
    expect(segments).toHaveLength(Math.ceil(plan.durationSeconds / plan.gopSeconds - 0.1));
    let begins = 0;
    // libavformat moves a track with negative composition offsets, which B-frames have.
    let first: number | undefined;
    for (const { uri, durationSeconds, byteRange } of segments) {
      const { start = 0, bytes = 0 } = byteRange ?? {};
      const segment = readFileSync(title.path('v90p', uri));
      const init = readFileSync(title.path('v90p', initUri ?? ''));
      const range = Buffer.concat([init, segment.subarray(start, start + bytes)]);
      const frames = framesOf(range, 'v:0');
      expect(frames).toHaveLength(1);
      first ??= frames[0] ?? 0;
      expect((frames[0] ?? 0) - first).toBeCloseTo(begins, 4);
      begins += durationSeconds;
    }
  });

  test('has I-frames that play one after the other', () => {
    const title = titleOf(name);
    // With B-frames a range ends in the middle of its mdat, which libavformat cannot skip.
    if (title.run.bFrames > 0) return;
    for (const { folder } of title.run.video) {
      const { segments } = listOf(title, folder, 'iframes.m3u8');
      const file = title.path(folder, 'iframes.m3u8');
      const strict = ['-v', 'error', '-xerror', '-err_detect', 'explode', '-i', file];
      const output = ['-fps_mode', 'passthrough', '-f', 'framecrc', '-'];
      const frames = execFileSync('ffmpeg', [...strict, ...output]).toString();
      expect(frames.match(/^0,/gm)).toHaveLength(segments.length);
    }
  });

  test('announces its I-frames with their bit rates', () => {
    const title = titleOf(name);
    const { variants } = parse(title.master) as types.MasterPlaylist;
    for (const { uri, averageBandwidth, bandwidth } of variants.filter((v) => v.isIFrameOnly)) {
      const list = parseMediaPlaylist(readFileSync(title.path(uri), 'utf8')).segments;
      const bits = list.reduce((sum, { byteRange }) => sum + 8 * (byteRange?.bytes ?? 0), 0);
      const seconds = list.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
      expect(averageBandwidth).toBe(Math.ceil(bits / seconds));
      expect(bandwidth).toBeGreaterThanOrEqual(averageBandwidth ?? 0);
    }
  });

  test('plays from its MPD with every frame of every rung, each at its time', () => {
    const title = titleOf(name);
    const { rate, seconds } = CLIPS[name as keyof typeof CLIPS];
    const [numerator = 0, denominator = 1] = rate.split('/').map(Number);
    const frames = Math.round((seconds * numerator) / denominator);
    for (const stream of ['v:0', 'v:1']) {
      const times = framesOf(title.path('manifest.mpd'), stream);
      expect(times).toHaveLength(frames);
      const steps = times.map((time) => time - (times[0] ?? 0));
      steps.forEach((time, at) => expect(time).toBeCloseTo((at * denominator) / numerator, 3));
    }
    const samples = framesOf(title.path('manifest.mpd'), 'a:1').length * 1024;
    expect(samples / 48_000).toBeCloseTo(seconds, 0);
  });

  test('has an MPD that names the files of the playlists, and no others', () => {
    const title = titleOf(name);
    const lists = new Map([...title.known.keys()].map((folder) => [folder, listOf(title, folder)]));
    expect(mpdProblems(title.mpd, lists)).toEqual([]);
    lists.get('v90p')?.segments.pop();
    expect(mpdProblems(title.mpd, lists)).toEqual([
      expect.stringMatching(/names v90p\/segment_0000\d\.m4s, which no playlist lists/),
    ]);
  });
});

test('a short title without sound has an MPD with a picture alone', () => {
  const title = titleOf('silent');
  expect(framesOf(title.path('manifest.mpd'), 'v:0')).toHaveLength(25);
  expect(title.mpd).toContain('mediaPresentationDuration="PT1.000S"');
  expect(title.mpd.match(/contentType="\w+"/g)).toEqual(['contentType="video"']);
});
