import { Readable } from 'node:stream';
import { Injectable, Logger } from '@nestjs/common';
import type { Work } from '../catalogue/processing.service.js';
import { Scratch } from '../common/scratch.js';
import { extractSubtitles } from '../media-tools/extract-subtitles.js';
import { mediaPlaylist } from '../media/hls-media-playlist.js';
import { outputKey, videoPrefix } from '../media/object-keys.js';
import { PLAYLIST_FILE, SUBTITLES_FILE } from '../media/output-files.js';
import type { EncodingPlan } from '../media/encoding-plan.js';
import type { SubtitleRendition } from '../media/subtitle-plan.js';
import { shiftCues, type Cue } from '../media/subtitles/cue.js';
import { readSubtitles } from '../media/subtitles/read-subtitles.js';
import { writeWebvtt } from '../media/subtitles/webvtt-writer.js';
import { MediaStorage } from '../ports/media-storage.js';
import { SubtitlesService } from '../subtitles/subtitles.service.js';
import { PipelineSettings } from './pipeline-settings.js';

/** Makes WebVTT renditions of the text tracks in a source. */
@Injectable()
export class EmbeddedSubtitles {
  private readonly logger = new Logger('Pipeline');

  constructor(
    private readonly storage: MediaStorage,
    private readonly settings: PipelineSettings,
    private readonly scratch: Scratch,
    private readonly subtitles: SubtitlesService,
  ) {}

  /**
   * Stores what can be read; a track that cannot is left out, and does not hold up the film.
   *
   * @returns the sizes of the texts, in bytes, by their folders
   */
  async publish(work: Work, plan: EncodingPlan, signal: AbortSignal): Promise<Map<string, number>> {
    const textBytes = new Map<string, number>();
    if (plan.subtitles.length === 0) return textBytes;
    // A picture that starts late is moved onto its grid by less than a frame, and its text with it.
    const { shiftSeconds } = plan.runs[0]?.picture ?? { shiftSeconds: 0 };
    const texts = await this.extract(work, plan, signal);
    const published: SubtitleRendition[] = [];
    for (const track of plan.subtitles) {
      const read = readSubtitles(texts.get(track.folder) ?? '');
      const cues = shiftCues(read.cues, -shiftSeconds);
      if (cues.length === 0) {
        this.logger.warn(`video ${work.video.id}: subtitles ${track.folder} cannot be read`);
        continue;
      }
      textBytes.set(track.folder, await this.store(work, plan, track, cues));
      published.push(track);
    }
    await this.keep(work, published);
    return textBytes;
  }

  private async extract(
    { video }: Work,
    plan: EncodingPlan,
    signal: AbortSignal,
  ): Promise<Map<string, string>> {
    const { tools } = this.settings;
    const { sourceKey } = video;
    if (sourceKey === null) throw new Error('the source of the video is gone');
    return this.scratch.use('subtitles', async (folder) => {
      const sourcePath = await this.storage.localCopy(sourceKey, folder);
      return extractSubtitles(
        plan.subtitles,
        { sourcePath, outputDirectory: folder },
        { ffmpegPath: tools.ffmpegPath, memoryLimitBytes: tools.memoryBytes, signal },
      );
    });
  }

  /** One segment for the whole film: text is small, and players load it at once. */
  private async store(
    { video, revision }: Work,
    { durationSeconds }: EncodingPlan,
    { folder }: SubtitleRendition,
    cues: readonly Cue[],
  ): Promise<number> {
    const write = (file: string, content: string) =>
      this.storage.write(
        outputKey(video.id, revision.id, `${folder}/${file}`),
        Readable.from([Buffer.from(content)]),
      );
    const bytes = await write(SUBTITLES_FILE, writeWebvtt(cues, { forHls: true }));
    const playlist = mediaPlaylist({
      segments: [{ uri: SUBTITLES_FILE, durationSeconds }],
      ended: true,
      initUri: undefined,
      targetSegmentSeconds: durationSeconds,
      independentSegments: false,
    });
    await write(PLAYLIST_FILE, playlist);
    return bytes;
  }

  private async keep(
    { video, revision }: Work,
    published: readonly SubtitleRendition[],
  ): Promise<void> {
    const prefix = videoPrefix(video.id);
    const tracks = published.map(({ folder, language, name }) => {
      const key = outputKey(video.id, revision.id, `${folder}/${SUBTITLES_FILE}`);
      return { language, label: name, path: key.slice(prefix.length) };
    });
    await this.subtitles.keepEmbedded({ videoId: video.id, revisionId: revision.id }, tracks);
  }
}
