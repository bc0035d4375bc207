import { buffer, text } from 'node:stream/consumers';
import type { Rendition } from '../catalogue/rendition.entity.js';
import { measureBandwidth, type Bandwidth } from '../media/bandwidth.js';
import type { DashRendition } from '../media/dash-mpd.js';
import {
  parseMediaPlaylist,
  targetDuration,
  type Segment,
  type SegmentList,
} from '../media/hls-media-playlist.js';
import { outputKey } from '../media/object-keys.js';
import { I_FRAME_PLAYLIST_FILE, INIT_FILE, PLAYLIST_FILE } from '../media/output-files.js';
import { trackHeader } from '../media/track-header.js';
import type { MediaStorage } from '../ports/media-storage.js';
import type { RevisionIds } from './flow.js';
import type { KnownRendition } from './multivariant.js';

/** All that the manifests say of a rendition. */
export type FinishedRendition = DashRendition & KnownRendition & { bandwidth: Bandwidth };

/** Reads what the encoder's outputs were measured to be, from the row and the playlists. */
export class FinishedRenditions {
  constructor(
    private readonly storage: MediaStorage,
    private readonly ids: RevisionIds,
    private readonly segmentSeconds: number,
  ) {}

  /** @throws Error when the rendition was never measured */
  async read(rendition: Rendition): Promise<FinishedRendition> {
    const { codecs, peakBandwidthBps: peakBps, averageBandwidthBps: averageBps } = rendition;
    if (codecs === null || peakBps === null || averageBps === null) {
      throw new Error(`rendition ${rendition.name} was never measured`);
    }
    const { timescale, isVideo } = trackHeader(await buffer(await this.open(rendition, INIT_FILE)));
    const { segments } = await this.playlist(rendition, PLAYLIST_FILE);
    return {
      codec: codecs,
      bandwidth: { peakBps, averageBps },
      timescale,
      segments,
      iFrameBandwidth: isVideo ? await this.iFrameBandwidth(rendition) : undefined,
    };
  }

  private async iFrameBandwidth(rendition: Rendition): Promise<Bandwidth> {
    const list = await this.playlist(rendition, I_FRAME_PLAYLIST_FILE);
    const target = targetDuration({ ...list, targetSegmentSeconds: this.segmentSeconds });
    return measureBandwidth(list.segments.map(measured), target);
  }

  private async playlist(rendition: Rendition, file: string): Promise<SegmentList> {
    return parseMediaPlaylist(await text(await this.open(rendition, file)));
  }

  private open({ name }: Rendition, file: string) {
    return this.storage.read(outputKey(this.ids.videoId, this.ids.revisionId, `${name}/${file}`));
  }
}

function measured({ durationSeconds, byteRange }: Segment) {
  return { durationSeconds, bytes: byteRange?.bytes ?? 0 };
}
