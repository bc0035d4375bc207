import fc from 'fast-check';
import { dashMpd, type DashRendition } from '../../../src/media/dash-mpd.js';
import { mpdFiles } from '../../../src/media/dash-mpd-files.js';
import type { EncodingPlan } from '../../../src/media/encoding-plan.js';
import { DEFAULT_ENCODING_SETTINGS } from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import { source } from './sources.js';

const track = { codec: 'aac', channels: 2, sampleRateHz: 48_000, isDefault: false };

function planOf(titles: (string | undefined)[], changes: Parameters<typeof source>[0] = {}) {
  const audio = titles.map((title, at) => ({
    ...track,
    index: at + 1,
    title,
    language: ['en', 'de'][at],
    isDefault: at === 0,
  }));
  return planEncoding(source({ ...changes, audio }));
}

function segmentsOf(ticks: readonly number[], timescale: number) {
  return ticks.map((count, at) => ({
    uri: `segment_${`${at + 1}`.padStart(5, '0')}.m4s`,
    // As a playlist writes it.
    durationSeconds: Number((count / timescale).toFixed(6)),
  }));
}

/** All rungs and all tracks of a plan, each kind with the same timeline. */
function renditionsOf(
  plan: EncodingPlan,
  video: { timescale: number; ticks: readonly number[] },
  audio = { timescale: 48_000, ticks: [192_512, 95_232] },
): Map<string, DashRendition> {
  const rendition = (
    codec: string,
    { timescale, ticks }: typeof video,
    at: number,
  ): DashRendition => ({
    codec,
    bandwidth: { peakBps: 100_000 * (at + 1), averageBps: 90_000 * (at + 1) },
    timescale,
    segments: segmentsOf(ticks, timescale),
  });
  return new Map(
    plan.runs.flatMap((run) => [
      ...run.video.map((v, at) => [v.folder, rendition('avc1.64001f', video, at)] as const),
      ...run.audio.map((a, at) => [a.folder, rendition('mp4a.40.2', audio, at)] as const),
    ]),
  );
}

const attribute = (element: string, name: string) =>
  new RegExp(` ${name}="([^"]*)"`).exec(element)?.[1];

/** Ticks of each timeline of an MPD, counted as ISO/IEC 23009-1 5.3.9.6 says. */
function timelines(mpd: string): { timescale: number; ticks: number; segments: number }[] {
  return mpd
    .split('<SegmentTemplate')
    .slice(1)
    .map((template) => {
      const entries = (template.match(/<S [^>]*>/g) ?? []).map((entry) => ({
        d: Number(attribute(entry, 'd')),
        count: 1 + Number(attribute(entry, 'r') ?? 0),
      }));
      return {
        timescale: Number(attribute(template, 'timescale')),
        ticks: entries.reduce((sum, { d, count }) => sum + d * count, 0),
        segments: entries.reduce((sum, { count }) => sum + count, 0),
      };
    });
}

describe('the MPD', () => {
  it('describes every rung and track over the segments of the playlists', () => {
    const plan = planOf([undefined, 'Regie & "Kommentar"'], {
      video: {
        ...{ width: 426, height: 240, displayWidth: 426, displayHeight: 240 },
        ...{ frameRate: 29.97, nominalFrameRate: 29.97 },
      },
    });
    const video = { timescale: 30_000, ticks: [120_120, 120_120, 60_060] };
    expect(dashMpd(plan, renditionsOf(plan, video))).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" mediaPresentationDuration="PT10.010S" maxSegmentDuration="PT4.011S" minBufferTime="PT4.011S">
  <Period id="0" start="PT0S">
    <AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1" maxWidth="426" maxHeight="240" maxFrameRate="30000/1001">
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="v240p" codecs="avc1.64001f" bandwidth="100000" width="426" height="240" frameRate="30000/1001" sar="1:1">
        <SegmentTemplate timescale="30000" initialization="v240p/init.mp4" media="v240p/segment_$Number%05d$.m4s" startNumber="1">
          <SegmentTimeline>
            <S t="0" d="120120" r="1"/>
            <S d="60060"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="1" contentType="audio" lang="en" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
      <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
      <Label>English</Label>
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
      <Representation id="a0-en" codecs="mp4a.40.2" bandwidth="100000" audioSamplingRate="48000">
        <SegmentTemplate timescale="48000" initialization="a0-en/init.mp4" media="a0-en/segment_$Number%05d$.m4s" startNumber="1">
          <SegmentTimeline>
            <S t="0" d="192512"/>
            <S d="95232"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
    <AdaptationSet id="2" contentType="audio" lang="de" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
      <AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
      <Label>Regie &amp; "Kommentar"</Label>
      <Role schemeIdUri="urn:mpeg:dash:role:2011" value="alternate"/>
      <Representation id="a1-de" codecs="mp4a.40.2" bandwidth="200000" audioSamplingRate="48000">
        <SegmentTemplate timescale="48000" initialization="a1-de/init.mp4" media="a1-de/segment_$Number%05d$.m4s" startNumber="1">
          <SegmentTimeline>
            <S t="0" d="192512"/>
            <S d="95232"/>
          </SegmentTimeline>
        </SegmentTemplate>
      </Representation>
    </AdaptationSet>
  </Period>
</MPD>
`);
  });

  it('is well formed, and its timelines are exact, whatever the names and the lengths', () => {
    const ticks = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 50 });
    const timescale = fc.constantFrom(10_240, 12_800, 15_360, 24_000, 30_000, 48_000, 60_000);
    const names = fc.array(fc.string({ unit: 'binary' }), { maxLength: 2 });
    fc.assert(
      fc.property(names, timescale, ticks, ticks, (titles, scale, video, audio) => {
        const plan = planOf(titles);
        const sound = { timescale: 48_000, ticks: audio };
        const known = renditionsOf(plan, { timescale: scale, ticks: video }, sound);
        const mpd = dashMpd(plan, known);
        const sums = timelines(mpd);
        const expected = [...known.values()].map((rendition) => {
          const own = rendition.codec === 'mp4a.40.2' ? audio : video;
          return {
            timescale: rendition.timescale,
            ticks: own.reduce((a, b) => a + b, 0),
            segments: own.length,
          };
        });
        expect(sums).toEqual(expected);
        const seconds = Number(/Duration="PT([\d.]+)S"/.exec(mpd)?.[1]);
        const longest = Math.max(...sums.map((sum) => sum.ticks / sum.timescale));
        expect(Math.abs(seconds - longest)).toBeLessThanOrEqual(0.000_500_001);
        expect(mpdFiles(mpd)).toEqual(
          [...known].flatMap(([folder, { segments }]) =>
            ['init.mp4', ...segments.map(({ uri }) => uri)].map((uri) => `${folder}/${uri}`),
          ),
        );
        // XML 1.0 2.2: what may not be in a document, not even as a reference.
        // eslint-disable-next-line no-control-regex -- control characters are what must not pass
        expect(mpd).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
        expect(Buffer.from(mpd).toString()).toBe(mpd); // no half of a surrogate pair
        expect(mpd.match(/<Label>([^<]*)<\/Label>/g) ?? []).toHaveLength(titles.length);
      }),
    );
  });

  it('has an adaptation set for each text track that could be read, a file of its own', () => {
    const text = { codec: 'subrip', isDefault: false, isForced: false };
    const plan = planOf(['Sound'], {
      subtitles: [
        { ...text, index: 5, language: 'en', title: 'Full & more', isDefault: true },
        { ...text, index: 6, language: 'de', isForced: true },
        { ...text, index: 7 },
      ],
    });
    const known = renditionsOf(plan, { timescale: 12_800, ticks: [51_200] });
    const [full, forced] = plan.subtitles.map(({ folder }) => folder);
    const mpd = dashMpd(plan, known, new Map([full, forced].map((folder) => [folder ?? '', 750])));
    const sets = mpd.split('<AdaptationSet').filter((set) => set.includes('contentType="text"'));
    expect(sets).toHaveLength(2);
    expect(sets.map((set) => [attribute(set, 'id'), attribute(set, 'lang')])).toEqual([
      ['2', 'en'],
      ['3', 'de'],
    ]);
    expect(sets[0]).toContain('mimeType="text/vtt"');
    expect(sets[0]).toContain('<Label>Full &amp; more</Label>');
    const roles = sets.map((set) => [...set.matchAll(/value="([^"]+)"/g)].map(([, role]) => role));
    expect(roles).toEqual([['subtitle', 'main'], ['forced-subtitle']]);
    expect(sets[0]).toContain('<Representation id="s0-en" bandwidth="1000">');
    expect(sets[0]).toContain('<BaseURL>s0-en/subtitles.vtt</BaseURL>');
    expect(mpdFiles(mpd).slice(-2)).toEqual(['s0-en/subtitles.vtt', 's1-de/subtitles.vtt']);
  });

  it('has an adaptation set for each codec of the picture', () => {
    const settings = {
      ...DEFAULT_ENCODING_SETTINGS,
      encoders: ['x264', 'x265', 'svtav1'] as const,
    };
    const plan = planEncoding(source({ audio: [{ ...track, index: 1 }] }), settings);
    const mpd = dashMpd(plan, renditionsOf(plan, { timescale: 12_800, ticks: [51_200] }));
    const sets = mpd.split('<AdaptationSet').slice(1);
    expect(sets.map((set) => attribute(set, 'id'))).toEqual(['0', '1', '2', '3']);
    expect(sets.map((set) => /<Representation id="(\w+)/.exec(set)?.[1])).toEqual([
      ...['v240p', 'hevc', 'av1', 'a0'],
    ]);
  });

  it('needs every rendition of the plan, with segments that are numbered from 1', () => {
    const plan = planOf([undefined]);
    const known = renditionsOf(plan, { timescale: 12_800, ticks: [51_200] });
    const withoutSound = new Map([...known].filter(([folder]) => folder.startsWith('v')));
    expect(() => dashMpd(plan, withoutSound)).toThrow('Nothing is known of a0-en.');
    known.get('a0-en')?.segments.forEach((segment) => (segment.uri = 'other.m4s'));
    expect(() => dashMpd(plan, known)).toThrow(RangeError);
  });

  it.each(['', '<MPD', '<MPD/>', '<html><body/></html>', '#EXTM3U'])('is not %j', (text) => {
    expect(() => mpdFiles(text)).toThrow();
  });
});
