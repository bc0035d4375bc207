import { Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, type EntityManager, type UpdateResult } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { UserRole } from '../common/access.js';
import { Revision } from './revision.entity.js';
import { ENTERED_FROM } from './video-status.js';
import { Video } from './video.entity.js';

/** One revision of one video. */
export interface RevisionRef {
  videoId: string;
  revisionId: string;
}

/** A session whose user may see a video. */
export interface Spectator {
  sessionId: string;
  userId: string;
  role: UserRole;
}

/** SQL about videos on their way through the pipeline. */
@Injectable()
export class ProcessingRepository {
  constructor(private readonly database: DataSource) {}

  /** Changes a video only while this revision of it is being made. */
  async updateWhileBuilding(
    { videoId, revisionId }: RevisionRef,
    changes: QueryDeepPartialEntity<Video>,
    parameters: Record<string, unknown> = {},
  ): Promise<void> {
    await this.database
      .createQueryBuilder()
      .update(Video)
      .set(changes)
      .where(`id = :videoId AND status = 'processing' AND deleted_at IS NULL`)
      .andWhere(`EXISTS (SELECT 1 FROM revisions WHERE id = :revisionId AND status = 'building')`)
      .setParameters({ ...parameters, videoId, revisionId })
      .execute();
  }

  /** Whether nobody wants this revision any more; one that people watch is wanted. */
  async isWithdrawn({ videoId, revisionId }: RevisionRef): Promise<boolean> {
    const wanted = await this.database.query<unknown[]>(
      `SELECT 1 FROM videos video
       JOIN revisions revision ON revision.video_id = video.id AND revision.id = $2
       WHERE video.id = $1 AND revision.status <> 'failed' AND video.status <> 'cancelled'
         AND (video.deleted_at IS NULL OR video.status = 'ready')`,
      [videoId, revisionId],
    );
    return wanted.length === 0;
  }

  /** Takes a video back to its beginning, with a new revision; false when its state does not allow it. */
  async reopen(
    { videoId, revisionId }: RevisionRef,
    changes: QueryDeepPartialEntity<Video>,
  ): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      const from = { id: videoId, status: In([...ENTERED_FROM.pending]) };
      const { affected }: UpdateResult = await transaction.update(Video, from, {
        ...changes,
        status: 'pending',
      });
      if (affected !== 1) return false;
      // One that a crash kept from being given up would go on beside the new one.
      await transaction.update(Revision, { videoId, status: 'building' }, { status: 'failed' });
      await transaction.insert(Revision, { id: revisionId, videoId });
      return true;
    });
  }

  /**
   * Puts another revision, planned already, in the place of one that is being made; false when that one
   * is not wanted any more.
   */
  async supersede(
    { videoId, revisionId }: RevisionRef,
    successor: Pick<Revision, 'id' | 'sourceInfo' | 'plan'>,
    changes: QueryDeepPartialEntity<Video>,
  ): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      await lockVideo(transaction, videoId);
      const { affected }: UpdateResult = await transaction.update(
        Revision,
        { id: revisionId, status: 'building' },
        { status: 'failed' },
      );
      if (affected !== 1) return false;
      await transaction.update(Video, { id: videoId }, changes);
      // A jsonb column takes any JSON, but TypeORM's partial types follow it key by key.
      await transaction.save(Revision, { ...successor, videoId });
      return true;
    });
  }

  /**
   * Ends the making of a revision, and with it that of its video; false when somebody else makes the
   * video by now, or its state does not allow it.
   */
  async settle(
    { videoId, revisionId }: RevisionRef,
    status: 'ready' | 'failed',
    changes: QueryDeepPartialEntity<Video>,
  ): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      await lockVideo(transaction, videoId);
      const building = { id: revisionId, status: 'building' } as const;
      if (!(await transaction.existsBy(Revision, building))) return false;
      const from = { id: videoId, status: In([...ENTERED_FROM[status]]) };
      const { affected }: UpdateResult = await transaction.update(Video, from, {
        ...changes,
        status,
      });
      if (affected !== 1) return false;
      const published = { status: 'published', publishedAt: new Date() } as const;
      const end = status === 'ready' ? published : ({ status } as const);
      await transaction.update(Revision, { id: revisionId }, end);
      return true;
    });
  }

  /**
   * Puts a revision that a transcoder makes in the place of the one that is being made.
   *
   * @param successorId of that revision, unless a transcoder has one already
   * @returns its id; undefined when the video's state does not allow it
   */
  async handOver(
    videoId: string,
    successorId: string,
    changes: QueryDeepPartialEntity<Video>,
  ): Promise<string | undefined> {
    return this.database.transaction(async (transaction) => {
      await lockVideo(transaction, videoId);
      const from = { id: videoId, status: In([...ENTERED_FROM.processing]), deletedAt: IsNull() };
      if (!(await transaction.existsBy(Video, from))) return undefined;
      const building = { videoId, status: 'building' } as const;
      const taken = await transaction.findOneBy(Revision, { ...building, madeBy: 'transcoder' });
      if (taken) return taken.id;
      await transaction.update(Video, { id: videoId }, { ...changes, status: 'processing' });
      await transaction.update(Revision, building, { status: 'failed' });
      await transaction.insert(Revision, { id: successorId, videoId, madeBy: 'transcoder' });
      return successorId;
    });
  }

  /** Failed videos, the latest failure first. */
  async findFailed(): Promise<Video[]> {
    return this.database.getRepository(Video).find({
      where: { status: 'failed' },
      relations: { owner: true },
      order: { failedAt: { direction: 'DESC', nulls: 'LAST' }, id: 'ASC' },
    });
  }

  /** Those of the sessions that are open and whose user may see the video at this moment. */
  async findSpectators(videoId: string, sessionIds: readonly string[]): Promise<Spectator[]> {
    return this.database.query<Spectator[]>(
      `SELECT session.id AS "sessionId", viewer.id AS "userId", viewer.role
       FROM sessions session
       JOIN users viewer ON viewer.id = session.user_id AND viewer.is_active
       JOIN videos video ON video.id = $1 AND video.deleted_at IS NULL
       WHERE session.id = ANY($2::uuid[])
         AND session.revoked_at IS NULL AND session.expires_at > now()
         AND (video.visibility <> 'PRIVATE' OR video.owner_id = viewer.id OR viewer.role <> 'viewer')`,
      [videoId, [...sessionIds]],
    );
  }
}

/** Whoever changes a video and its revisions together takes the video first: they wait, and see what was done. */
async function lockVideo(transaction: EntityManager, videoId: string): Promise<void> {
  await transaction.query('SELECT 1 FROM videos WHERE id = $1 FOR UPDATE', [videoId]);
}
