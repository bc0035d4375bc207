import type { ForeignRendition } from '../media/foreign-rendition.js';
import { framesPerSecond, type FrameRate } from '../media/frame-rate.js';
import { multivariantPlaylist } from '../media/hls-multivariant-playlist.js';
import { PLAYLIST_FILE } from '../media/output-files.js';
import { trackName } from '../media/track-name.js';

/** A measured rendition in its folder. */
export interface NamedRendition extends ForeignRendition {
  name: string;
  /** BCP 47; of sound. */
  language: string | undefined;
}

/**
 * The multivariant playlist of what a transcoder has made; the first sound track is the default.
 * @throws RangeError when there is no picture
 */
export function foreignMultivariant(renditions: readonly NamedRendition[]): string {
  const taken = new Set<string>();
  const pictures = renditions.flatMap(({ picture, ...rendition }) =>
    picture ? [{ ...rendition, picture }] : [],
  );
  return multivariantPlaylist({
    frameRate: fastest(pictures.map(({ picture }) => picture.frameRate)),
    variants: pictures.map(({ name, codec, bandwidth, picture: { width, height } }) => {
      return { uri: `${name}/${PLAYLIST_FILE}`, width, height, codec, bandwidth };
    }),
    audio: renditions
      .filter(({ picture }) => !picture)
      .map(({ name, language, channels = 0, codec, bandwidth }, at) => ({
        uri: `${name}/${PLAYLIST_FILE}`,
        name: trackName({ language }, 'Audio', taken),
        language,
        isDefault: at === 0,
        channels,
        codec,
        bandwidth,
      })),
  });
}

function fastest(rates: readonly FrameRate[]): FrameRate {
  const [first, ...others] = rates;
  if (!first) throw new RangeError('A title needs a picture.');
  return others.reduce((a, b) => (framesPerSecond(b) > framesPerSecond(a) ? b : a), first);
}
