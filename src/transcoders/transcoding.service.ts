import { Injectable } from '@nestjs/common';
import { HandoverService } from '../catalogue/handover.service.js';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import { DomainError } from '../common/domain-error.js';
import { outputPrefix } from '../media/object-keys.js';
import { PLAYLIST_FILE } from '../media/output-files.js';
import { ControlService } from '../pipeline/control.service.js';
import { ForeignTitles, type AnnouncedRendition } from './foreign-titles.service.js';
import {
  toTranscodedRenditionsDto,
  toTranscodedVideoDto,
  type NewRenditions,
  type TranscoderStatus,
} from './transcoders.dto.js';

/** Name of a rendition's folder. */
const FOLDER = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;

/** What an external transcoder does with a video: takes it, adds renditions, says how it ended. */
@Injectable()
export class TranscodingService {
  constructor(
    private readonly handover: HandoverService,
    private readonly processing: ProcessingService,
    private readonly control: ControlService,
    private readonly titles: ForeignTitles,
  ) {}

  /** @throws DomainError `video.not_found` */
  async findBySource(sourceKey: string) {
    const work = await this.handover.findBySource(sourceKey);
    if (!work) throw new DomainError('video.not_found', 'No video has this source.');
    return toTranscodedVideoDto(work, this.handover.isTaken(work));
  }

  /** @throws DomainError `video.not_found`, `video.state_conflict`, `rendition.unusable` */
  async enter(id: string, status: TranscoderStatus) {
    await this.entering[status](await this.find(id));
    const work = await this.find(id);
    return toTranscodedVideoDto(work, this.handover.isTaken(work));
  }

  /** @throws DomainError `video.not_found`, `video.state_conflict`, `request.invalid`, `rendition.unusable` */
  async register(id: string, { renditions }: NewRenditions) {
    const work = await this.find(id);
    this.demandTaken(work);
    await this.titles.add(work, announcedBelow(work, renditions));
    return toTranscodedRenditionsDto(work, await this.handover.renditions(work));
  }

  private readonly entering: Readonly<Record<TranscoderStatus, (work: Work) => Promise<void>>> = {
    IN_PROGRESS: (work) => this.take(work),
    COMPLETED: (work) => this.complete(work),
    FAILED: (work) => this.fail(work),
  };

  private async take(work: Work): Promise<void> {
    if (!(await this.handover.take(work))) throw conflict(work, 'processed');
    if (!this.handover.isTaken(work)) await this.control.clear(work);
  }

  private async complete(work: Work): Promise<void> {
    this.demandTaken(work);
    await this.titles.publish(work);
  }

  /** Whoever encodes it, it ends; the source stays, so that it can be tried again. */
  private async fail(work: Work): Promise<void> {
    const hasFailed = await this.processing.fail(work, {
      code: 'processing.failed',
      detail: 'The transcoder could not process the video. It can be tried again.',
      logTail: [],
    });
    if (!hasFailed) throw conflict(work, 'given up');
    await this.control.clear(work);
  }

  private async find(id: string): Promise<Work> {
    const work = await this.handover.find(id);
    if (!work) throw new DomainError('video.not_found', 'No video has this id.');
    return work;
  }

  private demandTaken(work: Work): void {
    if (this.handover.isTaken(work)) return;
    throw new DomainError(
      'video.state_conflict',
      'No transcoder has taken the video: enter IN_PROGRESS first.',
    );
  }
}

function conflict({ video }: Work, what: string): DomainError {
  return new DomainError('video.state_conflict', `A video that is ${video.status} is not ${what}.`);
}

/** @throws DomainError `request.invalid` for a key that is no playlist of the revision's */
function announcedBelow(
  { video, revision }: Work,
  renditions: NewRenditions['renditions'],
): AnnouncedRendition[] {
  const prefix = outputPrefix(video.id, revision.id);
  const announced = renditions.map(({ playlist_key: key, language }) => {
    const [folder = '', file, ...rest] = key.slice(prefix.length).split('/');
    const isOurs = key.startsWith(prefix) && FOLDER.test(folder);
    return { name: isOurs && file === PLAYLIST_FILE && !rest.length ? folder : '', language };
  });
  const names = announced.map(({ name }) => name);
  const errors = names.flatMap((name, at) => {
    const field = `renditions.${at}.playlist_key`;
    if (name === '') {
      return [{ field, message: `is not of the form ${prefix}{folder}/${PLAYLIST_FILE}` }];
    }
    return names.indexOf(name) < at ? [{ field, message: 'is there twice' }] : [];
  });
  if (errors.length === 0) return announced;
  throw new DomainError('request.invalid', 'One or more fields are wrong.', errors);
}
