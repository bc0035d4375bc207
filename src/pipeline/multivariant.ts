import {
  declaredAudioBandwidth,
  declaredVideoBandwidth,
  multivariantPlaylist,
} from '../media/hls-multivariant-playlist.js';
import { byCodec } from '../media/encoders.js';
import type { Bandwidth } from '../media/bandwidth.js';
import { I_FRAME_PLAYLIST_FILE, PLAYLIST_FILE } from '../media/output-files.js';
import type { EncodingPlan } from '../media/encoding-plan.js';

/** What is known of a rendition: its codec as soon as it starts, its bandwidth once it ends. */
export interface KnownRendition {
  codec: string;
  bandwidth?: Bandwidth;
  /** Of its I-frame playlist; absent while there is none. */
  iFrameBandwidth?: Bandwidth | undefined;
}

/**
 * The multivariant playlist of the plan's renditions that `known` tells about.
 * @param textFolders of the subtitles that could be read
 */
export function multivariantOf(
  plan: EncodingPlan,
  known: ReadonlyMap<string, KnownRendition>,
  textFolders: readonly string[] = [],
): string {
  const video = byCodec(plan.runs.flatMap((run) => run.video)).flat();
  const audio = plan.runs.flatMap((run) => run.audio);
  return multivariantPlaylist({
    frameRate: plan.frameRate,
    variants: video.flatMap((rung) => {
      const rendition = known.get(rung.folder);
      if (!rendition) return [];
      const { codec, bandwidth = declaredVideoBandwidth(rung) } = rendition;
      const { width, height, folder } = rung;
      const iFrames = rendition.iFrameBandwidth && {
        uri: `${folder}/${I_FRAME_PLAYLIST_FILE}`,
        bandwidth: rendition.iFrameBandwidth,
      };
      return [{ uri: `${folder}/${PLAYLIST_FILE}`, width, height, codec, bandwidth, iFrames }];
    }),
    audio: audio.flatMap((track) => {
      const rendition = known.get(track.folder);
      if (!rendition) return [];
      const { codec, bandwidth = declaredAudioBandwidth(track) } = rendition;
      const { folder, name, language, isDefault, channels } = track;
      const uri = `${folder}/${PLAYLIST_FILE}`;
      return [{ uri, name, language, isDefault, channels, codec, bandwidth }];
    }),
    subtitles: plan.subtitles
      .filter(({ folder }) => textFolders.includes(folder))
      .map(({ folder, name, language, isDefault, isForced }) => {
        return { uri: `${folder}/${PLAYLIST_FILE}`, name, language, isDefault, isForced };
      }),
  });
}
