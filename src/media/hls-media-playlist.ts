import type { ByteSpan } from './media-segment.js';

/** One media segment, as a playlist lists it. */
export interface Segment {
  /** Relative to the playlist. */
  uri: string;
  durationSeconds: number;
  /** The part of the resource that is meant; all of it when absent. */
  byteRange?: ByteSpan;
}

/** What a media playlist says of its segments. */
export interface SegmentList {
  segments: Segment[];
  /** True once EXT-X-ENDLIST says that no more will come. */
  ended: boolean;
  /** URI of the media initialization section (EXT-X-MAP), when there is one. */
  initUri: string | undefined;
}

/** What goes into a media playlist of our own. */
export interface MediaPlaylist extends SegmentList {
  /** Fixed for the life of the playlist: RFC 8216 6.2.1 forbids it to change. */
  targetSegmentSeconds: number;
  /** False for audio, where the tag would say nothing. */
  independentSegments?: boolean;
  /** True where every segment is a single I-frame (RFC 8216 4.3.3.6). */
  iFramesOnly?: boolean;
}

/** EXT-X-MAP outside I-frame playlists asks for 6 (RFC 8216 7); fMP4 players expect 7. */
const VERSION = 7;

/**
 * Reads a playlist of ours, finished or still growing.
 * @throws SyntaxError when it is no playlist, or a duration is no number
 */
export function parseMediaPlaylist(text: string): SegmentList {
  const lines = text.split(/\r?\n/);
  // RFC 8216 4.3.1.1: EXTM3U must be the first line.
  if (lines[0] !== '#EXTM3U') throw new SyntaxError('A playlist starts with #EXTM3U.');
  const list: SegmentList = { segments: [], ended: false, initUri: undefined };
  let durationSeconds: number | undefined;
  let byteRange: ByteSpan | undefined;
  for (const line of lines) {
    if (line.startsWith('#EXTINF:')) {
      durationSeconds = extinf(line);
    } else if (line.startsWith('#EXT-X-BYTERANGE:')) {
      byteRange = span(line);
    } else if (line.startsWith('#EXT-X-MAP:')) {
      list.initUri = /URI="([^"]*)"/.exec(line)?.[1];
    } else if (line === '#EXT-X-ENDLIST') {
      list.ended = true;
    } else if (line !== '' && !line.startsWith('#') && durationSeconds !== undefined) {
      list.segments.push({ uri: line, durationSeconds, ...(byteRange && { byteRange }) });
      durationSeconds = undefined;
      byteRange = undefined;
    }
  }
  return list;
}

/**
 * Writes a media playlist (RFC 8216 4.3.3): EVENT while it grows, VOD with EXT-X-ENDLIST once ended.
 * @throws RangeError when a URI could break out of its line
 */
export function mediaPlaylist(playlist: MediaPlaylist): string {
  const { segments, ended, initUri, independentSegments, iFramesOnly } = playlist;
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${VERSION}`,
    `#EXT-X-TARGETDURATION:${targetDuration(playlist)}`,
    '#EXT-X-MEDIA-SEQUENCE:1',
    `#EXT-X-PLAYLIST-TYPE:${ended ? 'VOD' : 'EVENT'}`,
    ...(independentSegments === false ? [] : ['#EXT-X-INDEPENDENT-SEGMENTS']),
    ...(iFramesOnly === true ? ['#EXT-X-I-FRAMES-ONLY'] : []),
    ...(initUri === undefined ? [] : [`#EXT-X-MAP:URI="${safeUri(initUri)}"`]),
    ...segments.flatMap(({ uri, durationSeconds, byteRange }) => [
      `#EXTINF:${durationSeconds.toFixed(6)},`,
      ...(byteRange ? [`#EXT-X-BYTERANGE:${byteRange.bytes}@${byteRange.start}`] : []),
      safeUri(uri),
    ]),
    ...(ended ? ['#EXT-X-ENDLIST'] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** RFC 8216 4.3.3.1: each EXTINF, rounded to the nearest integer, is at most the target duration. */
export function targetDuration({ segments, targetSegmentSeconds }: MediaPlaylist): number {
  const rounded = segments.map((segment) => Math.round(segment.durationSeconds));
  return rounded.reduce((a, b) => Math.max(a, b), Math.max(1, Math.round(targetSegmentSeconds)));
}

/** Sum of the segments' durations, in seconds. */
export function playlistSeconds(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.durationSeconds, 0);
}

function extinf(line: string): number {
  const duration = Number.parseFloat(line.slice('#EXTINF:'.length));
  if (!Number.isFinite(duration) || duration < 0) throw new SyntaxError(`Bad duration: ${line}`);
  return duration;
}

/** RFC 8216 4.3.2.2; this platform always writes the offset. */
function span(line: string): ByteSpan {
  const [, bytes, start] = /^#EXT-X-BYTERANGE:(\d+)@(\d+)$/.exec(line) ?? [];
  if (bytes === undefined) throw new SyntaxError(`Bad byte range: ${line}`);
  return { start: Number(start), bytes: Number(bytes) };
}

function safeUri(uri: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what must not pass
  if (uri === '' || uri.startsWith('#') || /[\u0000-\u0020"\u007f]/.test(uri)) {
    throw new RangeError(`Not a URI for a playlist: ${JSON.stringify(uri)}`);
  }
  return uri;
}
