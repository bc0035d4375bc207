import { measureBandwidth, type Bandwidth } from './bandwidth.js';
import { codecString } from './codec-strings.js';
import type { ForeignPlaylist } from './foreign-playlist.js';
import { encodedFrameRate, type FrameRate } from './frame-rate.js';
import { playlistSeconds, targetDuration } from './hls-media-playlist.js';
import { boxes } from './iso-bmff.js';
import { isSync, samplesOf, ticksOf, type Sample } from './samples.js';
import { trackHeader, type TrackHeader } from './track-header.js';
import { channelCount, pictureSize, trackCount, type PictureSize } from './track-shape.js';

/** The files of a rendition, as far as they are looked into. */
export interface ForeignFiles {
  playlist: ForeignPlaylist;
  init: Uint8Array;
  firstSegment: Uint8Array;
  /** Bytes of each segment, in the playlist's order. */
  segmentBytes: readonly number[];
}

/** What the files of a rendition were measured to be. */
export interface ForeignRendition {
  codec: string;
  bandwidth: Bandwidth;
  durationSeconds: number;
  segmentCount: number;
  longestSegmentSeconds: number;
  sizeBytes: number;
  /** The picture's; undefined for sound. */
  picture: (PictureSize & { frameRate: FrameRate }) | undefined;
  /** The sound's; undefined for a picture. */
  channels: number | undefined;
}

/** No display shows more frames a second. */
const MAX_FRAME_RATE = 240;

/**
 * Measures what the multivariant playlist has to say of a rendition.
 * @throws RangeError that says what keeps it from being played
 */
export function measureForeign(files: ForeignFiles): ForeignRendition {
  const { playlist, init, firstSegment, segmentBytes } = files;
  if (trackCount(init) !== 1) {
    throw new RangeError('Picture and sound must be renditions of their own, with one track each.');
  }
  const header = trackHeader(init);
  const samples = samplesIn(firstSegment, header);
  const { segments } = playlist;
  const measured = segments.map(({ durationSeconds }, at) => {
    return { durationSeconds, bytes: segmentBytes[at] ?? 0 };
  });
  const target = targetDuration({ ...playlist, targetSegmentSeconds: 1 });
  return {
    codec: codecString(init),
    bandwidth: measureBandwidth(measured, target),
    durationSeconds: playlistSeconds(segments),
    segmentCount: segments.length,
    longestSegmentSeconds: segments.reduce((a, b) => Math.max(a, b.durationSeconds), 0),
    sizeBytes: segmentBytes.reduce((a, b) => a + b, init.length),
    picture: header.isVideo
      ? { ...pictureSize(init), frameRate: frameRateOf(samples, header) }
      : undefined,
    channels: header.isVideo ? undefined : channelCount(init),
  };
}

/** Of all the fragments in a segment. */
function samplesIn(segment: Uint8Array, { defaults }: TrackHeader): Sample[] {
  const found = boxes(segment);
  const samples = found.flatMap(({ type, payload }, at) => {
    const data = found[at + 1];
    if (type !== 'moof') return [];
    if (data?.type !== 'mdat') throw new RangeError('A fragment without its data.');
    return samplesOf(payload, data.payload, defaults);
  });
  const [first] = samples;
  if (!first) throw new RangeError('The first segment holds no frame.');
  if (!isSync(first)) throw new RangeError('The first segment does not begin with a key frame.');
  return samples;
}

function frameRateOf(samples: readonly Sample[], { timescale }: TrackHeader): FrameRate {
  const seconds = ticksOf(samples) / timescale;
  if (seconds <= 0) throw new RangeError('The frames of the first segment do not last.');
  const frameRate = samples.length / seconds;
  return encodedFrameRate({ frameRate, nominalFrameRate: undefined }, MAX_FRAME_RATE);
}
