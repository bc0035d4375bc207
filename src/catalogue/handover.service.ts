import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { ProcessingRepository } from './processing.repository.js';
import type { Work } from './processing.service.js';
import { withoutRevision } from './without-revision.js';
import type { Rendition } from './rendition.entity.js';
import { RevisionsRepository } from './revisions.repository.js';
import type { Video } from './video.entity.js';
import { VideosRepository } from './videos.repository.js';

/** What a revision shows of its video. */
export type VideoFacts = Pick<Video, 'durationSeconds' | 'width' | 'height' | 'frameRate'>;

/** Videos that an external transcoder makes in the pipeline's place. */
@Injectable()
export class HandoverService {
  constructor(
    private readonly videos: VideosRepository,
    private readonly revisions: RevisionsRepository,
    private readonly processing: ProcessingRepository,
  ) {}

  /** The video of a source, with its newest revision. */
  async findBySource(sourceKey: string): Promise<Work | undefined> {
    return this.withRevision(await this.videos.findBySourceKey(sourceKey));
  }

  /** A video with its newest revision. */
  async find(videoId: string): Promise<Work | undefined> {
    return this.withRevision(await this.videos.findById(videoId));
  }

  /** Whether the newest revision is one that a transcoder is making. */
  isTaken({ video, revision }: Work): boolean {
    const isOpen = video.status === 'processing' && revision.status === 'building';
    return isOpen && revision.madeBy === 'transcoder';
  }

  async isForeign(revisionId: string): Promise<boolean> {
    return (await this.revisions.findById(revisionId))?.madeBy === 'transcoder';
  }

  /**
   * Gives a video that is being made, or waits for it, to a transcoder: a revision of its own takes the
   * place of the pipeline's, which finds itself withdrawn. Taking it again changes nothing.
   *
   * @returns false when the video is in another state
   */
  async take(work: Work): Promise<boolean> {
    const changes = {
      ...withoutRevision(work),
      progressStage: 'encoding',
      progressPercent: 0,
    } as const;
    const revisionId = await this.processing.handOver(work.video.id, randomUUID(), changes);
    if (revisionId !== undefined) await this.videos.bumpGeneration();
    return revisionId !== undefined;
  }

  /** Keeps what was measured of renditions, which takes the place of what was known of them before. */
  async keep({ revision }: Work, renditions: readonly Partial<Rendition>[]): Promise<void> {
    await this.revisions.upsertRenditions(
      renditions.map((rendition) => ({ ...rendition, revisionId: revision.id, status: 'ready' })),
    );
  }

  async renditions({ revision }: Work): Promise<Rendition[]> {
    return this.revisions.findRenditions(revision.id);
  }

  async describe({ video }: Work, facts: VideoFacts): Promise<void> {
    await this.videos.update(video.id, facts);
  }

  private async withRevision(video: Video | null): Promise<Work | undefined> {
    const revision = video && (await this.revisions.findNewest(video.id));
    return video && revision ? { video, revision } : undefined;
  }
}
