import { create } from 'xmlbuilder2';
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js';
import type { Bandwidth } from './bandwidth.js';
import { byCodec } from './encoders.js';
import type { FrameRate } from './frame-rate.js';
import type { Segment } from './hls-media-playlist.js';
import { INIT_FILE, segmentFile, SUBTITLES_FILE } from './output-files.js';
import type { AudioRendition, EncodingPlan, VideoRendition } from './encoding-plan.js';
import type { SubtitleRendition } from './subtitle-plan.js';

/** What is known of a finished rendition. */
export interface DashRendition {
  /** RFC 6381 */
  codec: string;
  bandwidth: Bandwidth;
  /** Ticks of a second in its init segment; exact to 500,000, as playlists count microseconds. */
  timescale: number;
  segments: readonly Segment[];
}

/** A run of segments that last equally long, in ticks (ISO/IEC 23009-1 5.3.9.6). */
interface TimelineEntry {
  ticks: number;
  count: number;
}

type Attributes = Record<string, string | number | undefined>;

/**
 * Writes a static MPD (ISO/IEC 23009-1, ISO Base Media File Format live profile) over the segments of
 * the HLS playlists: an adaptation set for each codec of the picture, one for each audio track, and
 * one for each text track, which is a file of its own.
 * @param known the finished renditions by their folder
 * @param textBytes sizes of the subtitles that could be read, by their folder
 * @throws RangeError when a rendition of the plan is missing, or its segments have other names
 */
export function dashMpd(
  plan: EncodingPlan,
  known: ReadonlyMap<string, DashRendition>,
  textBytes: ReadonlyMap<string, number> = new Map(),
): string {
  const rungs = plan.runs.flatMap((run) => run.video).map((rung) => withKnown(rung, known));
  const tracks = plan.runs.flatMap((run) => run.audio).map((track) => withKnown(track, known));
  const durations = [...rungs, ...tracks].flatMap(segmentSeconds);
  const mpd = create({ version: '1.0', encoding: 'UTF-8', invalidCharReplacement: ' ' }).ele(
    'MPD',
    attributes({
      xmlns: 'urn:mpeg:dash:schema:mpd:2011',
      profiles: 'urn:mpeg:dash:profile:isoff-live:2011',
      type: 'static',
      mediaPresentationDuration: isoDuration(presentationSeconds([...rungs, ...tracks])),
      maxSegmentDuration: isoDuration(longest(durations), Math.ceil),
      minBufferTime: isoDuration(longest(durations), Math.ceil),
    }),
  );
  const period = mpd.ele('Period', { id: '0', start: 'PT0S' });
  const ladders = byCodec(rungs);
  ladders.forEach((ladder, at) => addVideo(period, ladder, at, plan.frameRate));
  tracks.forEach((track, at) => addAudio(period, track, ladders.length + at));
  plan.subtitles.forEach((track, at) => {
    const bytes = textBytes.get(track.folder);
    if (bytes === undefined) return;
    const bandwidth = Math.ceil((8 * bytes) / plan.durationSeconds);
    addText(period, track, ladders.length + tracks.length + at, bandwidth);
  });
  return `${mpd.end({ prettyPrint: true })}\n`;
}

type Known<T> = T & { known: DashRendition };

function withKnown<T extends { folder: string }>(
  rendition: T,
  renditions: ReadonlyMap<string, DashRendition>,
): Known<T> {
  const known = renditions.get(rendition.folder);
  if (!known) throw new RangeError(`Nothing is known of ${rendition.folder}.`);
  if (known.segments.some(({ uri }, at) => uri !== segmentFile(at + 1))) {
    throw new RangeError(`The segments of ${rendition.folder} are not numbered from 1.`);
  }
  return { ...rendition, known };
}

function addVideo(
  period: XMLBuilder,
  rungs: readonly Known<VideoRendition>[],
  id: number,
  frameRate: FrameRate,
): void {
  const set = period.ele(
    'AdaptationSet',
    attributes({
      id,
      contentType: 'video',
      mimeType: 'video/mp4',
      segmentAlignment: 'true',
      startWithSAP: 1,
      maxWidth: longest(rungs.map(({ width }) => width)),
      maxHeight: longest(rungs.map(({ height }) => height)),
      maxFrameRate: fraction(frameRate),
    }),
  );
  addRole(set, 'main');
  const ladder = [...rungs].sort((a, b) => a.known.bandwidth.peakBps - b.known.bandwidth.peakBps);
  for (const rung of ladder) {
    const { width, height } = rung;
    addRepresentation(set, rung, { width, height, frameRate: fraction(frameRate), sar: '1:1' });
  }
}

/** The order of the elements is that of the schema (ISO/IEC 23009-1 5.3.7.3). */
function addAudio(period: XMLBuilder, track: Known<AudioRendition>, id: number): void {
  const set = period.ele(
    'AdaptationSet',
    attributes({
      id,
      contentType: 'audio',
      lang: track.language,
      mimeType: 'audio/mp4',
      segmentAlignment: 'true',
      startWithSAP: 1,
    }),
  );
  set.ele('AudioChannelConfiguration', {
    schemeIdUri: 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011',
    value: `${track.channels}`,
  });
  set.ele('Label').txt(track.name);
  addRole(set, track.isDefault ? 'main' : 'alternate');
  addRepresentation(set, track, { audioSamplingRate: track.sampleRateHz });
}

/** Roles as ISO/IEC 23009-1 5.8.5.5 has them. */
function addText(
  period: XMLBuilder,
  { folder, language, name, isDefault, isForced }: SubtitleRendition,
  id: number,
  bandwidth: number,
): void {
  const set = period.ele(
    'AdaptationSet',
    attributes({ id, contentType: 'text', lang: language, mimeType: 'text/vtt' }),
  );
  set.ele('Label').txt(name);
  addRole(set, isForced ? 'forced-subtitle' : 'subtitle');
  if (isDefault) addRole(set, 'main');
  const representation = set.ele('Representation', attributes({ id: folder, bandwidth }));
  representation.ele('BaseURL').txt(`${folder}/${SUBTITLES_FILE}`);
}

function addRole(set: XMLBuilder, value: string): void {
  set.ele('Role', { schemeIdUri: 'urn:mpeg:dash:role:2011', value });
}

function addRepresentation(
  set: XMLBuilder,
  { folder, known }: Known<{ folder: string }>,
  own: Attributes,
): void {
  const representation = set.ele(
    'Representation',
    attributes({
      id: folder,
      codecs: known.codec,
      bandwidth: known.bandwidth.peakBps,
      ...own,
    }),
  );
  const template = representation.ele(
    'SegmentTemplate',
    attributes({
      timescale: known.timescale,
      initialization: `${folder}/${INIT_FILE}`,
      media: `${folder}/${segmentFile('$Number%05d$')}`,
      startNumber: 1,
    }),
  );
  const timeline = template.ele('SegmentTimeline');
  timelineOf(known).forEach(({ ticks, count }, at) => {
    // r counts the repetitions: one less than the segments.
    const r = count > 1 ? count - 1 : undefined;
    timeline.ele('S', attributes({ t: at === 0 ? 0 : undefined, d: ticks, r }));
  });
}

function timelineOf({ segments, timescale }: DashRendition): TimelineEntry[] {
  const entries: TimelineEntry[] = [];
  for (const { durationSeconds } of segments) {
    const ticks = Math.round(durationSeconds * timescale);
    const last = entries.at(-1);
    if (last?.ticks === ticks) last.count += 1;
    else entries.push({ ticks, count: 1 });
  }
  return entries;
}

function segmentSeconds({ known }: Known<object>): number[] {
  return known.segments.map(({ durationSeconds }) => durationSeconds);
}

/** Until the last of all renditions ends. */
function presentationSeconds(renditions: readonly Known<object>[]): number {
  return longest(
    renditions.map(({ known }) => {
      const ticks = timelineOf(known).reduce((sum, entry) => sum + entry.ticks * entry.count, 0);
      return ticks / known.timescale;
    }),
  );
}

function longest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}

/** xs:duration in whole milliseconds. */
function isoDuration(seconds: number, round = Math.round): string {
  return `PT${(round(seconds * 1000) / 1000).toFixed(3)}S`;
}

/** ISO/IEC 23009-1 5.3.7.2, FrameRateType: a denominator of 1 is left out. */
function fraction({ numerator, denominator }: FrameRate): string {
  return denominator === 1 ? `${numerator}` : `${numerator}/${denominator}`;
}

function attributes(values: Attributes): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, `${value}`]],
    ),
  );
}
