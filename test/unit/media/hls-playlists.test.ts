import fc from 'fast-check';
import * as HLS from 'hls-parser';
import {
  mediaPlaylist,
  parseMediaPlaylist,
  playlistSeconds,
  type MediaPlaylist,
} from '../../../src/media/hls-media-playlist.js';
import {
  declaredAudioBandwidth,
  declaredVideoBandwidth,
  multivariantPlaylist,
  type AudioEntry,
  type Variant,
} from '../../../src/media/hls-multivariant-playlist.js';
import { planEncoding } from '../../../src/media/plan.js';
import { source } from './sources.js';

beforeAll(() => HLS.setOptions({ strictMode: true }));

const byteRange = fc.record({ start: fc.nat(), bytes: fc.integer({ min: 1, max: 9_000_000 }) });
const segment = fc.record(
  {
    uri: fc.stringMatching(/^[a-z0-9][a-z0-9_./-]{0,30}$/),
    durationSeconds: fc.integer({ min: 1, max: 6_000_000 }).map((us) => us / 1e6),
    byteRange,
  },
  { requiredKeys: ['uri', 'durationSeconds'] },
);
const anyPlaylist: fc.Arbitrary<MediaPlaylist> = fc.record({
  segments: fc.array(segment),
  ended: fc.boolean(),
  initUri: fc.constantFrom(undefined, 'init.mp4'),
  targetSegmentSeconds: fc.constantFrom(4, 4.004, 6),
});

const FFMPEG_PLAYLIST = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:1
#EXT-X-PLAYLIST-TYPE:EVENT
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXTINF:4.000000,
segment_00001.m4s
#EXTINF:2.000000,
segment_00002.m4s
`;

describe('the media playlist', () => {
  it('reads what ffmpeg writes, growing and ended', () => {
    const growing = parseMediaPlaylist(FFMPEG_PLAYLIST);
    expect(growing).toEqual({
      segments: [
        { uri: 'segment_00001.m4s', durationSeconds: 4 },
        { uri: 'segment_00002.m4s', durationSeconds: 2 },
      ],
      ended: false,
      initUri: 'init.mp4',
    });
    expect(playlistSeconds(growing.segments)).toBe(6);
    expect(parseMediaPlaylist(`${FFMPEG_PLAYLIST}#EXT-X-ENDLIST\n`).ended).toBe(true);
    expect(parseMediaPlaylist(`${FFMPEG_PLAYLIST}#EXTINF:4.000000,\n`).segments).toHaveLength(2);
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(anyPlaylist, (playlist) => {
        const { segments, ended, initUri } = playlist;
        expect(parseMediaPlaylist(mediaPlaylist(playlist))).toEqual({ segments, ended, initUri });
      }),
    );
  });

  it('is understood by another parser', () => {
    fc.assert(
      fc.property(anyPlaylist, (playlist) => {
        fc.pre(playlist.segments.length > 0); // it makes a segment of a lone EXT-X-MAP
        const parsed = HLS.parse(mediaPlaylist(playlist)) as HLS.types.MediaPlaylist;
        expect(parsed.playlistType).toBe(playlist.ended ? 'VOD' : 'EVENT');
        expect(parsed.endlist).toBe(playlist.ended);
        expect(parsed.segments.map((s) => s.uri)).toEqual(playlist.segments.map((s) => s.uri));
        for (const { duration } of parsed.segments) {
          expect(Math.round(duration)).toBeLessThanOrEqual(parsed.targetDuration);
        }
      }),
    );
  });

  it('lists single I-frames by their ranges', () => {
    const text = mediaPlaylist({
      segments: [
        { uri: 'a.m4s', durationSeconds: 4, byteRange: { start: 76, bytes: 900 } },
        { uri: 'b.m4s', durationSeconds: 2, byteRange: { start: 76, bytes: 800 } },
      ],
      ended: true,
      initUri: 'init.mp4',
      targetSegmentSeconds: 4,
      iFramesOnly: true,
    });
    expect(text).toContain('#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP:URI="init.mp4"\n');
    expect(text).toContain('#EXTINF:4.000000,\n#EXT-X-BYTERANGE:900@76\na.m4s\n');
    const parsed = HLS.parse(text) as HLS.types.MediaPlaylist;
    expect(parsed.isIFrame).toBe(true);
    expect(parsed.segments.map((s) => s.byterange)).toEqual([
      { offset: 76, length: 900 },
      { offset: 76, length: 800 },
    ]);
  });

  it('refuses a URI that breaks out of its line', () => {
    for (const uri of ['', '#EXT-X-ENDLIST', 'a\nb', 'a b', 'a"b']) {
      const segments = [{ uri, durationSeconds: 4 }];
      const playlist = { segments, ended: true, initUri: undefined, targetSegmentSeconds: 4 };
      expect(() => mediaPlaylist(playlist)).toThrow(RangeError);
    }
  });

  it('refuses text that is no playlist', () => {
    expect(() => parseMediaPlaylist('<html>')).toThrow(SyntaxError);
    expect(() => parseMediaPlaylist('#EXTM3U\n#EXTINF:soon,\na.m4s\n')).toThrow(SyntaxError);
    expect(() => parseMediaPlaylist('#EXTM3U\n#EXT-X-BYTERANGE:9\na.m4s\n')).toThrow(SyntaxError);
  });
});

const variant = (height: number, peakBps: number): Variant => ({
  uri: `v${height}p/index.m3u8`,
  width: (height * 16) / 9,
  height,
  codec: 'avc1.64001f',
  bandwidth: { peakBps, averageBps: peakBps - 1 },
});
const track = (name: string, changes: Partial<AudioEntry> = {}): AudioEntry => ({
  uri: `a-${name.length}/index.m3u8`,
  name,
  language: 'en',
  isDefault: false,
  channels: 2,
  codec: 'mp4a.40.2',
  bandwidth: { peakBps: 130_000, averageBps: 120_000 },
  ...changes,
});
const frameRate = { numerator: 30_000, denominator: 1001 };

describe('the multivariant playlist', () => {
  it('lists variants from small to large, with the dearest audio counted in', () => {
    const text = multivariantPlaylist({
      frameRate,
      variants: [variant(720, 2_000_000), variant(360, 700_000)],
      audio: [
        track('Deutsch', { language: 'de' }),
        track('English', { isDefault: true, bandwidth: { peakBps: 140_000, averageBps: 110_000 } }),
      ],
    });
    expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a-7/index.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Deutsch",LANGUAGE="de",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="a-7/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=840000,AVERAGE-BANDWIDTH=819999,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970,VIDEO-RANGE=SDR,AUDIO="audio",CLOSED-CAPTIONS=NONE
v360p/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2140000,AVERAGE-BANDWIDTH=2119999,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,VIDEO-RANGE=SDR,AUDIO="audio",CLOSED-CAPTIONS=NONE
v720p/index.m3u8
`);
  });

  it('lists the I-frames of a variant, which have neither sound nor a rate of frames', () => {
    const iFrames = {
      uri: 'v360p/iframes.m3u8',
      bandwidth: { peakBps: 90_000, averageBps: 80_000 },
    };
    const variants = [{ ...variant(360, 700_000), iFrames }, variant(720, 2_000_000)];
    const text = multivariantPlaylist({ frameRate, variants, audio: [track('English')] });
    expect(text.split('\n').filter((line) => line.includes('I-FRAME'))).toEqual([
      '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,AVERAGE-BANDWIDTH=80000,CODECS="avc1.64001f",RESOLUTION=640x360,VIDEO-RANGE=SDR,URI="v360p/iframes.m3u8"',
    ]);
    const parsed = HLS.parse(text) as HLS.types.MasterPlaylist;
    expect(parsed.variants.filter((v) => v.isIFrameOnly).map((v) => v.uri)).toEqual([
      'v360p/iframes.m3u8',
    ]);
  });

  it('writes quotes and apostrophes so that no parser takes them for the end of a name', () => {
    const audio = [track(`Director's "cut"`, { uri: 'a/index.m3u8' })];
    const text = multivariantPlaylist({ frameRate, variants: [variant(360, 1)], audio });
    const parsed = HLS.parse(text) as HLS.types.MasterPlaylist;
    expect(parsed.variants[0]?.audio[0]?.name).toBe('Director’s ”cut”');
  });

  it('names no audio group where there is no audio', () => {
    const text = multivariantPlaylist({ frameRate, variants: [variant(360, 1)], audio: [] });
    expect(text).not.toMatch(/AUDIO|mp4a/);
  });

  it('keeps any track name inside its quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const text = multivariantPlaylist({
          frameRate,
          variants: [variant(360, 1)],
          audio: [track(name, { uri: 'a/index.m3u8' })],
        });
        expect(text.split('\n')).toHaveLength(7);
        const parsed = HLS.parse(text) as HLS.types.MasterPlaylist;
        expect(parsed.variants[0]?.audio[0]?.uri).toBe('a/index.m3u8');
      }),
    );
  });

  it('needs a variant', () => {
    expect(() => multivariantPlaylist({ frameRate, variants: [], audio: [] })).toThrow(RangeError);
  });

  it('declares at least the cap before anything is measured', () => {
    for (const rung of planEncoding(source()).runs[0]?.video ?? []) {
      expect(declaredVideoBandwidth(rung).peakBps).toBeGreaterThan(rung.maxBitrateBps);
      expect(declaredVideoBandwidth(rung).averageBps).toBeGreaterThanOrEqual(rung.maxBitrateBps);
    }
    const audio = { bitrateBps: 128_000 } as Parameters<typeof declaredAudioBandwidth>[0];
    expect(declaredAudioBandwidth(audio).peakBps).toBeGreaterThan(128_000);
  });
});
