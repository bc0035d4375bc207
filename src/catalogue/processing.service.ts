import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '../common/error-codes.js';
import type { EncodingPlan } from '../media/encoding-plan.js';
import type { SourceInfo } from '../media/source-info.js';
import { ProcessingRepository, type RevisionRef } from './processing.repository.js';
import type { Rendition } from './rendition.entity.js';
import type { Revision } from './revision.entity.js';
import { RevisionsRepository } from './revisions.repository.js';
import type { Stage, Video } from './video.entity.js';
import { SpentSources } from './sources/spent-sources.service.js';
import { VideosRepository } from './videos.repository.js';
import { withoutRevision } from './without-revision.js';

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
    private readonly spentSources: SpentSources,
  ) {}

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
    await this.videos.bumpGeneration();
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

  /** Frames of the film, unless the uploader has chosen a picture. */
  async showImages(
    { video, revision }: Work,
    images: { thumbnailKey: string; posterKey: string },
  ): Promise<void> {
    if (video.hasOwnCover) return;
    const ids = { videoId: video.id, revisionId: revision.id };
    await this.processing.updateWhileBuilding(ids, images);
    await this.videos.bumpGeneration();
  }

  /**
   * The switch that makes a revision the one people watch, after which its source may go.
   *
   * @returns false when the video was cancelled or taken away at the last moment
   */
  async publish(
    { video, revision }: Work,
    previews: Pick<Video, 'storyboardKey' | 'previewKey'>,
  ): Promise<boolean> {
    const ids = { videoId: video.id, revisionId: revision.id };
    const entered = await this.processing.settle(ids, 'ready', {
      currentRevisionId: revision.id,
      playable: true,
      progressStage: 'done',
      progressPercent: 100,
      expectedReadyAt: null,
      sourceSpent: this.spentSources.areReleased,
      ...previews,
      ...NO_FAULT,
    });
    if (!entered) return false;
    await this.videos.bumpGeneration();
    if (this.spentSources.areReleased) await this.spentSources.tryToRelease(video);
    return true;
  }

  /**
   * Goes on with another plan, in a new revision; one that was being shown while it grew is withdrawn.
   *
   * @returns false when nobody wants the video any more
   */
  async supersede(
    { video, revision }: Work,
    successor: { id: string; sourceInfo: SourceInfo; plan: EncodingPlan },
    renditions: readonly Partial<Rendition>[],
  ): Promise<boolean> {
    const ids = { videoId: video.id, revisionId: revision.id };
    const without = withoutRevision({ video, revision });
    if (!(await this.processing.supersede(ids, successor, without))) return false;
    await this.revisions.upsertRenditions(
      renditions.map((rendition) => ({ ...rendition, revisionId: successor.id })),
    );
    await this.videos.bumpGeneration();
    return true;
  }

  /** Ends the processing with a reason, unless it has ended; what was shown while it grew is withdrawn. */
  async fail({ video, revision }: Work, fault: ProcessingFault): Promise<boolean> {
    const ids = { videoId: video.id, revisionId: revision.id };
    const entered = await this.processing.settle(ids, 'failed', {
      errorCode: fault.code,
      errorDetail: fault.detail,
      errorLogTail: [...fault.logTail],
      failedAt: new Date(),
      ...withoutRevision({ video, revision }),
    });
    if (!entered) return false;
    await this.revisions.withdraw(revision.id, 'failed');
    await this.videos.bumpGeneration();
    return true;
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

  /** Keeps what was learned of a source that somebody has looked at. */
  async describeSource(
    videoId: string,
    facts: Partial<Pick<Video, 'sourceEtag' | 'sourceSha256'>>,
  ): Promise<void> {
    await this.videos.update(videoId, facts);
  }
}

const NO_FAULT = { errorCode: null, errorDetail: null, errorLogTail: [], failedAt: null };
