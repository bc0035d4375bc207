import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

/** Any number that nothing else locks by. */
const LOCK = 7_614_300_521;

/** SQL of the move from one storage to another. */
@Injectable()
export class MovingRepository {
  constructor(private readonly database: DataSource) {}

  /**
   * Does `work` while no other process does it.
   *
   * @param work is given what rejects once another process might begin
   * @returns undefined when another one is at it
   */
  async alone<T>(work: (stillAlone: () => Promise<void>) => Promise<T>): Promise<T | undefined> {
    const connection = this.database.createQueryRunner();
    try {
      const [row] = (await connection.query('SELECT pg_try_advisory_lock($1) AS taken', [
        LOCK,
      ])) as { taken: boolean }[];
      if (!row?.taken) return undefined;
      try {
        return await work(async () => {
          // The lock goes with its connection.
          await connection.query('SELECT 1');
        });
      } finally {
        await connection.query('SELECT pg_advisory_unlock($1)', [LOCK]);
      }
    } finally {
      await connection.release();
    }
  }

  /** Whether a video is being made, or waits for it: its files are written at this moment. */
  async isBusy(videoId: string): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      `SELECT 1 FROM videos WHERE id = $1 AND status IN ('pending', 'processing')`,
      [videoId],
    );
    return rows.length > 0;
  }

  /**
   * Prepares the move of an uploaded file: the ETag that its videos remember is of the storage it leaves.
   *
   * @param keys its own, and that of the upload beside which it lies
   * @returns false while it is uploaded or processed
   */
  async letGo(keys: readonly string[]): Promise<boolean> {
    return this.database.transaction(async (transaction) => {
      await transaction.query(
        'SELECT 1 FROM videos WHERE source_key = ANY($1) ORDER BY id FOR UPDATE',
        [keys],
      );
      // Looked at anew: another video may have been made of it while this waited.
      if (await isInUse(transaction, keys)) return false;
      await transaction.query(
        'UPDATE videos SET source_etag = NULL WHERE source_key = ANY($1) AND source_etag IS NOT NULL',
        [keys],
      );
      return true;
    });
  }
}

async function isInUse(transaction: EntityManager, keys: readonly string[]): Promise<boolean> {
  const users = await transaction.query<unknown[]>(
    `SELECT 1 FROM videos WHERE source_key = ANY($1) AND status IN ('pending', 'processing')
     UNION ALL SELECT 1 FROM upload_sessions WHERE storage_key = ANY($1) AND finished_at IS NULL`,
    [keys],
  );
  return users.length > 0;
}
