import type { Segment } from './hls-media-playlist.js';
import type { Fragment } from './media-segment.js';

/** A media segment and what was found in it. */
export interface DissectedSegment {
  uri: string;
  fragments: readonly Fragment[];
}

/**
 * The I-frames of a rendition, as an I-frame playlist lists them (RFC 8216 4.3.3.6): each lasts until the
 * next one begins, the last until the rendition ends. A range begins with a moof, since no player can
 * decode bare samples; segments have been split so that every key frame has one.
 */
export function iFrames(segments: readonly DissectedSegment[], timescale: number): Segment[] {
  const fragments = segments.flatMap((s) => s.fragments.map((f) => ({ uri: s.uri, ...f })));
  const keys = fragments.flatMap(({ uri, startTicks, keyFrame }) =>
    keyFrame ? [{ uri, startTicks, keyFrame }] : [],
  );
  const last = fragments.at(-1);
  const endTicks = last ? last.startTicks + last.durationTicks : 0;
  return keys.map(({ uri, startTicks, keyFrame }, at) => ({
    uri,
    durationSeconds: ((keys[at + 1]?.startTicks ?? endTicks) - startTicks) / timescale,
    byteRange: keyFrame,
  }));
}
