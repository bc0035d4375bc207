import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import type { ErrorCode } from '../common/error-codes.js';
import type { EncodingPlan } from '../media/plan.js';
import type { SourceInfo } from '../media/source-info.js';
import type { Rendition } from './rendition.entity.js';
import type { Revision } from './revision.entity.js';
import { RevisionsRepository } from './revisions.repository.js';
import type { Stage, Video } from './video.entity.js';
import { VideosRepository } from './videos.repository.js';

/** What is known of a video before anything has looked into its file. */
export type NewVideo = Pick<
  Video,
  | 'id'
  | 'ownerId'
  | 'title'
  | 'description'
  | 'language'
  | 'tags'
  | 'visibility'
  | 'originalFilename'
  | 'sourceKey'
  | 'sourceSizeBytes'
  | 'sourceSha256'
>;

/** Why a video could not be processed, for its owner. */
export interface ProcessingFault {
  code: ErrorCode;
  detail: string;
  logTail: readonly string[];
}

/** A video and the revision that is being made of it. */
export interface Work {
  video: Video;
  revision: Revision;
}

/** A video's way through the pipeline; every change of state goes through here. */
@Injectable()
export class ProcessingService {
  constructor(
    private readonly videos: VideosRepository,
    private readonly revisions: RevisionsRepository,
  ) {}

  /** @throws DomainError `request.invalid` for a genre that does not exist */
  async create(video: NewVideo, genreSlugs: readonly string[], revisionId: string): Promise<Video> {
    const genres = await this.videos.findGenres(genreSlugs);
    const unknown = genreSlugs.filter((slug) => !genres.some((genre) => genre.slug === slug));
    if (unknown.length > 0) {
      throw new DomainError('request.invalid', 'One or more fields are wrong.', [
        { field: 'genres', message: `there is no genre ${unknown.join(', ')}` },
      ]);
    }
    await this.videos.insert({ ...video, genres }, { id: revisionId, videoId: video.id });
    await this.videos.bumpGeneration();
    const created = await this.videos.findById(video.id);
    if (!created) throw new Error(`video ${video.id} vanished while it was created`);
    return created;
  }

  async findDuplicate(ownerId: string, sha256: string): Promise<Video | null> {
    return this.videos.findByOwnerAndHash(ownerId, sha256);
  }

  async hasUpload(ownerId: string, originalFilename: string): Promise<boolean> {
    return this.videos.existsByFilename(ownerId, originalFilename);
  }

  async findStalled(since: Date): Promise<Work[]> {
    const videos = await this.videos.findStalled(since);
    const work = await Promise.all(
      videos.map(async (video) => ({ video, revision: await this.revisions.findNewest(video.id) })),
    );
    return work.filter((entry): entry is Work => entry.revision !== null);
  }

  /** The video and revision of a job; undefined when there is nothing left to do for it. */
  async find(videoId: string, revisionId: string): Promise<Work | undefined> {
    const [video, revision] = await Promise.all([
      this.videos.findById(videoId),
      this.revisions.findById(revisionId),
    ]);
    const isOpen = video?.status === 'pending' || video?.status === 'processing';
    return isOpen && revision?.status === 'building' ? { video, revision } : undefined;
  }

  async begin(videoId: string): Promise<void> {
    await this.videos.enter(videoId, 'processing', { progressStage: 'probing' });
    await this.videos.bumpGeneration();
  }

  /** Keeps what is known of the source, the plan, and the renditions it will have. */
  async plan(
    { video, revision }: Work,
    sourceInfo: SourceInfo,
    plan: EncodingPlan,
    renditions: readonly Partial<Rendition>[],
  ): Promise<void> {
    await this.revisions.update(revision.id, { sourceInfo, plan });
    await this.revisions.upsertRenditions(
      renditions.map((rendition) => ({ ...rendition, revisionId: revision.id })),
    );
    await this.videos.update(video.id, {
      durationSeconds: sourceInfo.durationSeconds,
      width: sourceInfo.video.displayWidth,
      height: sourceInfo.video.displayHeight,
      frameRate: sourceInfo.video.frameRate ?? null,
      codec: sourceInfo.video.codec,
    });
  }

  /** Percent never goes back, also when an attempt starts over. */
  async progress(videoId: string, stage: Stage, percent: number): Promise<void> {
    await this.videos.advanceProgress(videoId, stage, Math.round(percent));
  }

  async startRenditions(revisionId: string, names: readonly string[]): Promise<void> {
    await this.revisions.updateRenditions(revisionId, names, { status: 'encoding' });
  }

  async finishRendition(
    revisionId: string,
    name: string,
    measured: Partial<Rendition>,
  ): Promise<void> {
    await this.revisions.updateRenditions(revisionId, [name], { ...measured, status: 'ready' });
  }

  async renditions(revisionId: string): Promise<Rendition[]> {
    return this.revisions.findRenditions(revisionId);
  }

  /** Viewers may start; a video that already has a published revision keeps showing that one. */
  async markPlayable({ video, revision }: Work): Promise<void> {
    await this.videos.update(video.id, {
      playable: true,
      ...(video.currentRevisionId ? {} : { currentRevisionId: revision.id }),
    });
    await this.videos.bumpGeneration();
  }

  async showImages(videoId: string, images: { thumbnailKey: string; posterKey: string }) {
    await this.videos.update(videoId, images);
    await this.videos.bumpGeneration();
  }

  /**
   * The one-row switch that makes a revision the one people watch. The video's row comes first: it
   * says whether there is work left, also after a crash in between.
   */
  async publish({ video, revision }: Work): Promise<void> {
    await this.videos.enter(video.id, 'ready', {
      currentRevisionId: revision.id,
      playable: true,
      progressStage: 'done',
      progressPercent: 100,
      errorCode: null,
      errorDetail: null,
      errorLogTail: [],
    });
    await this.revisions.update(revision.id, { status: 'published', publishedAt: new Date() });
    await this.videos.bumpGeneration();
  }

  /** Ends the processing with a reason; a revision that was being shown while it grew is withdrawn. */
  async fail({ video, revision }: Work, fault: ProcessingFault): Promise<void> {
    const wasShown = video.currentRevisionId === revision.id || video.currentRevisionId === null;
    await this.videos.enter(video.id, 'failed', {
      errorCode: fault.code,
      errorDetail: fault.detail,
      errorLogTail: [...fault.logTail],
      ...(wasShown
        ? { currentRevisionId: null, playable: false, thumbnailKey: null, posterKey: null }
        : {}),
    });
    await this.revisions.update(revision.id, { status: 'failed' });
    await this.videos.bumpGeneration();
  }

  async forgetSource(videoId: string): Promise<void> {
    await this.videos.update(videoId, { sourceKey: null });
  }
}
