import { mpdFiles } from './dash-mpd-files.js';
import { playlistSeconds, type SegmentList } from './hls-media-playlist.js';
import { LONGEST_SEGMENT, TOLERANCE_SECONDS } from './segment-cutter.js';

/** What a finished rendition must agree with. */
export interface RenditionExpectation {
  durationSeconds: number;
  segmentSeconds: number;
}

/** Why a finished rendition may not be published, in words for the log; nothing when it may. */
export function renditionProblems(
  { segments, ended, initUri }: SegmentList,
  { durationSeconds, segmentSeconds }: RenditionExpectation,
): string[] {
  const seconds = playlistSeconds(segments);
  const tooLong = segments.filter(
    (s) => s.durationSeconds > LONGEST_SEGMENT * segmentSeconds + TOLERANCE_SECONDS,
  );
  const names = new Set(segments.map((segment) => segment.uri));
  return [
    ...(ended ? [] : ['The playlist has no end.']),
    ...(initUri === undefined ? ['The playlist names no init segment.'] : []),
    ...(segments.length === 0 ? ['The playlist lists no segment.'] : []),
    ...(names.size < segments.length ? ['The playlist lists a segment twice.'] : []),
    ...tooLong.map((s) => `${s.uri} lasts ${s.durationSeconds.toFixed(3)} s.`),
    ...(agrees(seconds, durationSeconds, segmentSeconds)
      ? []
      : [`It plays ${seconds.toFixed(3)} s of a source of ${durationSeconds.toFixed(3)} s.`]),
  ];
}

/** True when two durations differ by at most one segment. */
export function agrees(seconds: number, expectedSeconds: number, segmentSeconds: number): boolean {
  return Math.abs(seconds - expectedSeconds) <= segmentSeconds;
}

/**
 * What keeps the rungs of a codec from being switched between: segments that are not cut at the same times.
 * @param rungs segment lists by the rung's folder; every one is compared with the first
 */
export function alignmentProblems(rungs: ReadonlyMap<string, SegmentList>): string[] {
  const [reference, ...others] = [...rungs];
  if (reference === undefined) return [];
  const [firstFolder, first] = reference;
  return others.flatMap(([folder, list]) =>
    sameCuts(first, list) ? [] : [`${folder} is not cut where ${firstFolder} is.`],
  );
}

/**
 * What makes an MPD name other files than the playlists.
 * @param lists segment lists by the rendition's folder
 * @throws Error when the text is no MPD
 */
export function mpdProblems(mpd: string, lists: ReadonlyMap<string, SegmentList>): string[] {
  const listed = [...lists].flatMap(([folder, { initUri, segments }]) =>
    [...(initUri === undefined ? [] : [initUri]), ...segments.map(({ uri }) => uri)].map(
      (uri) => `${folder}/${uri}`,
    ),
  );
  const named = mpdFiles(mpd);
  return [
    ...without(named, listed).map((file) => `The MPD names ${file}, which no playlist lists.`),
    ...without(listed, named).map((file) => `The MPD leaves out ${file}.`),
  ];
}

/** What keeps an I-frame playlist from being that of a rendition. */
export function iFrameProblems(iFrames: SegmentList, rendition: SegmentList): string[] {
  const listed = rendition.segments.map(({ uri }) => uri);
  const named = iFrames.segments.map(({ uri }) => uri);
  const seconds = playlistSeconds(iFrames.segments);
  const expected = playlistSeconds(rendition.segments);
  return [
    ...(iFrames.segments.length > 0 ? [] : ['There is no I-frame.']),
    ...(iFrames.segments.every(({ byteRange }) => byteRange) ? [] : ['An I-frame has no range.']),
    ...without(named, listed).map((file) => `An I-frame lies in ${file}, which is not listed.`),
    ...(Math.abs(seconds - expected) < 0.01
      ? []
      : [`The I-frames last ${seconds.toFixed(3)} s of ${expected.toFixed(3)} s.`]),
  ];
}

function without(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return names.filter((name) => !known.has(name));
}

function sameCuts(a: SegmentList, b: SegmentList): boolean {
  return (
    a.segments.length === b.segments.length &&
    a.segments.every(
      ({ durationSeconds }, at) =>
        Math.abs(durationSeconds - (b.segments[at]?.durationSeconds ?? Number.NaN)) < 0.001,
    )
  );
}
