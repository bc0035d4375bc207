import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { VideoPresenter } from '../catalogue/video.presenter.js';
import { VideosService } from '../catalogue/videos.service.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { decodeText } from '../media-tools/decode-text.js';
import { subtitleKey, videoPrefix } from '../media/object-keys.js';
import { languageName } from '../media/language-tag.js';
import { shiftCues, type Cue, type Fault } from '../media/subtitles/cue.js';
import { readSubtitles } from '../media/subtitles/read-subtitles.js';
import { writeWebvtt } from '../media/subtitles/webvtt-writer.js';
import { MediaStorage } from '../ports/media-storage.js';
import type { SubtitleForm } from './subtitle-form.js';
import type { SubtitleDto } from './subtitle.dto.js';
import type { Subtitle } from './subtitle.entity.js';
import { SubtitlesRepository } from './subtitles.repository.js';
import { SubtitlesService } from './subtitles.service.js';

/** Faults of a file that are told; the rest is seldom of another kind. */
const FAULTS_TOLD = 20;

/** What people add to a video in SRT, WebVTT or ASS, and viewers get as WebVTT. */
@Injectable()
export class SubtitleUploads {
  constructor(
    private readonly videos: VideosService,
    private readonly subtitles: SubtitlesService,
    private readonly repository: SubtitlesRepository,
    private readonly storage: MediaStorage,
    private readonly presenter: VideoPresenter,
  ) {}

  /** @throws DomainError `video.not_found` */
  async list(videoId: string, viewer: Viewer): Promise<SubtitleDto[]> {
    const video = await this.videos.visible(videoId, viewer);
    const shown = await this.subtitles.shownWith(video);
    return shown.map((subtitle) => this.present(subtitle, viewer));
  }

  /**
   * Adds subtitles to a video, in place of those with the same language and label.
   *
   * @param receive brings the form that was sent, once it is known that the viewer may send it
   * @throws DomainError `video.not_found`, `auth.forbidden`, `subtitle.invalid`
   */
  async add(
    videoId: string,
    viewer: Viewer,
    receive: () => Promise<SubtitleForm>,
  ): Promise<SubtitleDto> {
    await this.videos.changeable(videoId, viewer);
    const { bytes, fields } = await receive();
    const cues = shiftCues(readCues(bytes), fields.offset_seconds);
    if (cues.length === 0) {
      throw new DomainError('subtitle.invalid', 'With this offset, nothing is left to show.', [
        { field: 'offset_seconds', message: 'moves all of the text before the film' },
      ]);
    }
    const { language, label = languageName(language) } = fields;
    return this.present(await this.keep({ videoId, language, label }, cues), viewer);
  }

  /** @throws DomainError `video.not_found`, `auth.forbidden`, `subtitle.not_found`, `subtitle.embedded` */
  async remove(videoId: string, subtitleId: string, viewer: Viewer): Promise<void> {
    await this.videos.changeable(videoId, viewer);
    const subtitle = await this.repository.findOfVideo(subtitleId, videoId);
    if (!subtitle) {
      throw new DomainError('subtitle.not_found', 'The video has no subtitles with this id.');
    }
    if (subtitle.revisionId !== null) {
      throw new DomainError('subtitle.embedded', 'They are part of the file that was uploaded.');
    }
    await this.repository.delete(subtitle.id);
    await this.deleteObject(subtitle);
  }

  private async keep(
    facts: Pick<Subtitle, 'videoId' | 'language' | 'label'>,
    cues: readonly Cue[],
  ): Promise<Subtitle> {
    const id = randomUUID();
    const key = subtitleKey(facts.videoId, id);
    await this.storage.write(key, Readable.from([Buffer.from(writeWebvtt(cues))]));
    const path = key.slice(videoPrefix(facts.videoId).length);
    try {
      const replaced = await this.repository.replaceUploaded({ id, path, ...facts });
      if (replaced) await this.deleteObject(replaced);
    } catch (error) {
      await this.storage.delete(key);
      throw error;
    }
    const kept = await this.repository.findOfVideo(id, facts.videoId);
    if (!kept) throw new DomainError('subtitle.not_found', 'They were replaced a moment ago.');
    return kept;
  }

  private async deleteObject({ videoId, path }: Subtitle): Promise<void> {
    await this.storage.delete(videoPrefix(videoId) + path);
  }

  private present(subtitle: Subtitle, viewer: Viewer): SubtitleDto {
    const { id, videoId, revisionId, language, label, path } = subtitle;
    const source = revisionId === null ? 'uploaded' : 'embedded';
    return { id, language, label, source, url: this.presenter.mediaUrl(viewer, videoId, path) };
  }
}

/** @throws DomainError `subtitle.invalid` */
function readCues(bytes: Uint8Array): Cue[] {
  const { cues, faults } = readSubtitles(decodeText(bytes));
  if (faults.length === 0) return cues;
  throw new DomainError(
    'subtitle.invalid',
    'Correct the file, or save it as SRT, WebVTT or ASS.',
    faults.slice(0, FAULTS_TOLD).map(fieldError),
  );
}

function fieldError({ line, message }: Fault) {
  return { field: 'file', message: `line ${line}: ${message}` };
}
