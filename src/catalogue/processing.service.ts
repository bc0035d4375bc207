import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import type { ErrorCode } from '../common/error-codes.js';
import type { EncodingPlan } from '../media/plan.js';
import type { SourceInfo } from '../media/source-info.js';
import { posterKey, thumbnailKey } from '../media/object-keys.js';
import { ProcessingRepository, type RevisionRef } from './processing.repository.js';
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
    private readonly processing: ProcessingRepository,
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

  /** Whether the video was cancelled or deleted, or has another revision now, since this work began. */
  async isWithdrawn(revision: RevisionRef): Promise<boolean> {
    return this.processing.isWithdrawn(revision);
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

  /** @param secondsLeft until the end of the encode, where that can be told */
  async encodingProgress(
    { video, revision }: Work,
    percent: number,
    secondsLeft?: number,
  ): Promise<void> {
    await this.processing.updateWhileBuilding(
      { videoId: video.id, revisionId: revision.id },
      {
        progressStage: 'encoding',
        progressPercent: () => 'greatest(progress_percent, :percent)',
        expectedReadyAt:
          secondsLeft === undefined ? null : new Date(Date.now() + secondsLeft * 1000),
      },
      { percent: Math.round(percent) },
    );
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

  async newestRenditions(videoId: string): Promise<Rendition[]> {
    return this.revisions.findNewestRenditions(videoId);
  }

  /** Viewers may start; a video that already has a published revision keeps showing that one. */
  async markPlayable({ video, revision }: Work): Promise<void> {
    await this.processing.updateWhileBuilding(
      { videoId: video.id, revisionId: revision.id },
      { playable: true, ...(video.currentRevisionId ? {} : { currentRevisionId: revision.id }) },
    );
    await this.videos.bumpGeneration();
  }

  async showImages(
    { video, revision }: Work,
    images: { thumbnailKey: string; posterKey: string },
  ): Promise<void> {
    const ids = { videoId: video.id, revisionId: revision.id };
    await this.processing.updateWhileBuilding(ids, images);
    await this.videos.bumpGeneration();
  }

  /**
   * The one-row switch that makes a revision the one people watch. The video's row comes first: it
   * says whether there is work left, also after a crash in between.
   */
  async publish(
    { video, revision }: Work,
    previews: Pick<Video, 'storyboardKey' | 'previewKey'>,
  ): Promise<void> {
    const entered = await this.videos.enter(video.id, 'ready', {
      currentRevisionId: revision.id,
      playable: true,
      progressStage: 'done',
      progressPercent: 100,
      expectedReadyAt: null,
      ...previews,
      ...NO_FAULT,
    });
    // Cancelled at the last moment.
    if (!entered) return;
    await this.revisions.update(revision.id, { status: 'published', publishedAt: new Date() });
    await this.videos.bumpGeneration();
  }

  /** Ends the processing with a reason; a revision that was being shown while it grew is withdrawn. */
  async fail({ video, revision }: Work, fault: ProcessingFault): Promise<void> {
    const entered = await this.videos.enter(video.id, 'failed', {
      errorCode: fault.code,
      errorDetail: fault.detail,
      errorLogTail: [...fault.logTail],
      failedAt: new Date(),
      ...withoutRevision({ video, revision }),
    });
    if (!entered) return;
    await this.revisions.withdraw(revision.id, 'failed');
    await this.videos.bumpGeneration();
  }

  /**
   * Ends the processing because somebody said so. Whoever works on the revision finds it withdrawn.
   *
   * @returns what was being made; undefined when nothing was
   */
  async cancel(video: Video): Promise<Work | undefined> {
    const revision = await this.revisions.findNewest(video.id);
    if (!revision) throw new Error(`video ${video.id} has no revision`);
    const work = { video, revision };
    if (!(await this.videos.enter(video.id, 'cancelled', withoutRevision(work)))) return undefined;
    await this.revisions.withdraw(revision.id, 'pending');
    await this.videos.bumpGeneration();
    return work;
  }

  /** Begins anew with a failed or cancelled video; false when it is in another state. */
  async reopen(videoId: string, revisionId: string): Promise<boolean> {
    const reopened = await this.processing.reopen(
      { videoId, revisionId },
      { progressStage: 'queued', progressPercent: 0, ...NO_FAULT },
    );
    await this.videos.bumpGeneration();
    return reopened;
  }

  /** Videos whose processing has failed for good, the latest first. */
  async findFailed(): Promise<Video[]> {
    return this.processing.findFailed();
  }

  async forgetSource(videoId: string): Promise<void> {
    await this.videos.update(videoId, { sourceKey: null });
  }
}

const NO_FAULT = { errorCode: null, errorDetail: null, errorLogTail: [], failedAt: null };

/** A video as it is when the revision being made is given up: what was published before stays. */
function withoutRevision({ video, revision }: Work) {
  const published = video.currentRevisionId === revision.id ? null : video.currentRevisionId;
  const images = published
    ? { thumbnailKey: thumbnailKey(video.id, published), posterKey: posterKey(video.id, published) }
    : { currentRevisionId: null, playable: false, thumbnailKey: null, posterKey: null };
  return { ...images, expectedReadyAt: null };
}
