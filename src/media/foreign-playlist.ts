import { parseMediaPlaylist, type SegmentList } from './hls-media-playlist.js';
import { isOutputPath } from './object-keys.js';

/** What keeps a playlist of somebody else from being played here, by the tag that brings it. */
const REFUSED_TAGS: Readonly<Record<string, string>> = {
  'EXT-X-STREAM-INF': 'It lists variants: a media playlist is needed.',
  'EXT-X-BYTERANGE': 'Each segment must be a file of its own.',
  'EXT-X-DISCONTINUITY': 'It has a discontinuity.',
  'EXT-X-GAP': 'It has a gap.',
  'EXT-X-I-FRAMES-ONLY': 'It lists I-frames only.',
  'EXT-X-KEY': 'Its segments are encrypted.',
  'EXT-X-PART': 'It lists parts of segments.',
  'EXT-X-DEFINE': 'It has variables.',
};

/** Three hours of segments that last a second. */
const MAX_SEGMENTS = 10_800;

/** A media playlist that is whole, and has an init segment. */
export interface ForeignPlaylist extends SegmentList {
  initUri: string;
}

/**
 * Reads a media playlist that another program wrote, as far as this platform can play it: a whole title
 * in fragmented MP4, each segment a file beside the playlist or below.
 * @throws SyntaxError that says what keeps it from being played
 */
export function parseForeignPlaylist(text: string): ForeignPlaylist {
  const tags = text.split(/\r?\n/).filter((line) => line.startsWith('#EXT'));
  for (const line of tags) {
    const refusal = REFUSED_TAGS[/^#([A-Z-]+)/.exec(line)?.[1] ?? ''];
    if (refusal !== undefined && line !== '#EXT-X-KEY:METHOD=NONE') throw new SyntaxError(refusal);
  }
  const maps = tags.filter((line) => line.startsWith('#EXT-X-MAP:'));
  if (maps.length !== 1 || maps.some((line) => line.includes('BYTERANGE='))) {
    throw new SyntaxError('It must name one init segment (EXT-X-MAP), which is a file of its own.');
  }
  const list = parseMediaPlaylist(text);
  return demandWhole(list);
}

function demandWhole({ initUri, segments, ended }: SegmentList): ForeignPlaylist {
  if (!ended) throw new SyntaxError('It has no end (EXT-X-ENDLIST).');
  if (segments.length === 0) throw new SyntaxError('It lists no segment.');
  if (segments.length > MAX_SEGMENTS) throw new SyntaxError(`More than ${MAX_SEGMENTS} segments.`);
  const uris = segments.map(({ uri }) => uri);
  if (new Set(uris).size < uris.length) throw new SyntaxError('It lists a segment twice.');
  if (initUri === undefined) throw new SyntaxError('It names no init segment.');
  const wrong = [initUri, ...uris].find((uri) => !isOutputPath(uri));
  if (wrong !== undefined) {
    throw new SyntaxError(`${JSON.stringify(wrong)} is no plain path below the playlist.`);
  }
  return { segments, ended, initUri };
}
