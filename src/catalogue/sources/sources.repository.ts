import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Revision } from '../revision.entity.js';
import { Video } from '../video.entity.js';
import { ReuseJob } from './reuse-job.entity.js';

/** A video to be made of the source of another. */
export interface Reuse {
  videoId: string;
  revisionId: string;
  sourceVideoId: string;
  ownerId: string;
  /** The other one's unless given. */
  title: string | undefined;
  transcript: Pick<ReuseJob, 'transcriptText' | 'transcriptUploadId'>;
}

/** All SQL about which videos share a source. */
@Injectable()
export class SourcesRepository {
  constructor(private readonly database: DataSource) {}

  /**
   * Adds a video, its first revision and its job, all or none.
   *
   * @returns what was in the way: there is no such video of the owner, or its source is gone
   */
  async share(reuse: Reuse): Promise<'no video' | 'no source' | undefined> {
    return this.database.transaction(async (transaction) => {
      // Against a release of this source, which would not see the row that is not committed yet.
      const [source] = await transaction.query<{ source_key: string | null }[]>(
        `SELECT source_key FROM videos WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL
         FOR KEY SHARE`,
        [reuse.sourceVideoId, reuse.ownerId],
      );
      if (!source) return 'no video';
      if (source.source_key === null) return 'no source';
      await insertCopy(transaction, reuse);
      return undefined;
    });
  }

  /**
   * Lets a video forget its source.
   *
   * @param discard called with the key when no other row has it, before the change is committed: if it
   *   throws, nothing has changed
   */
  async release(videoId: string, discard: (key: string) => Promise<void>): Promise<void> {
    await this.database.transaction(async (transaction) => {
      // One after the other, in the same order, whichever of those that share it is released.
      const sharing = await transaction.query<{ id: string; source_key: string }[]>(
        `SELECT id, source_key FROM videos
         WHERE source_key = (SELECT source_key FROM videos WHERE id = $1)
         ORDER BY id FOR UPDATE`,
        [videoId],
      );
      const own = sharing.find(({ id }) => id === videoId);
      if (!own) return;
      await transaction.query('UPDATE videos SET source_key = NULL WHERE id = $1', [videoId]);
      // Looked for anew: while this waited for its locks, another may have been made of the source.
      const others = await transaction.query<unknown[]>(
        'SELECT 1 FROM videos WHERE source_key = $1 LIMIT 1',
        [own.source_key],
      );
      if (others.length === 0) await discard(own.source_key);
    });
  }

  /** Key and name of a source, for the owner of its video alone. */
  async findForOwner(
    videoId: string,
    ownerId: string,
  ): Promise<{ key: string; name: string } | undefined> {
    const [row] = await this.database.query<{ key: string; name: string }[]>(
      `SELECT video.source_key AS key, video.source_name AS name
       FROM videos video JOIN users owner ON owner.id = video.owner_id AND owner.is_active
       WHERE video.id = $1 AND owner.id = $2
         AND video.source_key IS NOT NULL AND video.deleted_at IS NULL`,
      [videoId, ownerId],
    );
    return row;
  }
}

async function insertCopy(transaction: EntityManager, reuse: Reuse): Promise<void> {
  const { videoId, revisionId, sourceVideoId, ownerId, title, transcript } = reuse;
  const original = await transaction.findOneOrFail(Video, {
    where: { id: sourceVideoId },
    relations: { genres: true },
  });
  const { description, language, tags, visibility, genres = [] } = original;
  const { originalFilename, sourceKey, sourceSizeBytes, sourceSha256, sourceEtag } = original;
  await transaction.save(Video, {
    ...{ id: videoId, ownerId, sourceVideoId, title: title ?? original.title },
    ...{ description, language, tags, visibility, genres },
    ...{ originalFilename, sourceKey, sourceSizeBytes, sourceSha256, sourceEtag },
  });
  await transaction.insert(Revision, { id: revisionId, videoId });
  await transaction.insert(ReuseJob, { videoId, ownerId, ...transcript });
}
