import { Injectable, Logger } from '@nestjs/common';
import { Locks } from '../../ports/locks.js';
import { AbandonedUploads } from '../direct/abandoned-uploads.service.js';
import { StrayUploads } from '../direct/stray-uploads.service.js';
import { SESSION_MILLISECONDS } from '../sessions/lifetime.js';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';
import { ResumableIntake } from './resumable-intake.service.js';
import { isExpired, lockOf } from './resumable-session.js';

/** Rows stay as long again as their bytes did, to tell a late client that its upload has expired. */
const REMEMBERED_MILLISECONDS = SESSION_MILLISECONDS;

/** Longer than a form that still comes in waits between two of its parts. */
const STRAY_MILLISECONDS = 24 * 3_600_000;

/** Removes uploads that nobody has finished, and finishes those whose last answer was never given. */
@Injectable()
export class UploadSweep {
  private readonly logger = new Logger('Uploads');

  constructor(
    private readonly sessions: UploadSessionsRepository,
    private readonly intake: ResumableIntake,
    private readonly abandoned: AbandonedUploads,
    private readonly strays: StrayUploads,
    private readonly locks: Locks,
  ) {}

  /** @returns one line for the record */
  async run(): Promise<string> {
    const counts = { finished: 0, removed: 0, failed: 0 };
    for (const id of await this.sessions.findUnfinishedIds()) {
      try {
        const outcome = await this.sweep(id);
        if (outcome) counts[outcome] += 1;
      } catch (error) {
        // The others can go; this one is tried again at the next run.
        counts.failed += 1;
        this.logger.warn(`upload ${id} cannot be swept yet: ${String(error)}`);
      }
    }
    try {
      counts.removed += await this.strays.end(new Date(Date.now() - STRAY_MILLISECONDS));
    } catch (error) {
      counts.failed += 1;
      this.logger.warn(`the storage's open uploads cannot be swept yet: ${String(error)}`);
    }
    const forgotten = await this.sessions.deleteExpired(
      new Date(Date.now() - REMEMBERED_MILLISECONDS),
    );
    const { finished, removed, failed } = counts;
    return `${removed} removed, ${finished} finished, ${forgotten} forgotten, ${failed} failed`;
  }

  private async sweep(id: string): Promise<'finished' | 'removed' | undefined> {
    const lock = await this.locks.acquireFree(lockOf(id));
    // Somebody is at work on it.
    if (!lock) return undefined;
    try {
      const session = await this.sessions.find(id);
      if (!session || session.finishedAt) return undefined;
      return await (session.kind === 'resumable'
        ? this.sweepResumable(session)
        : this.sweepDirect(session));
    } finally {
      await lock.release();
    }
  }

  private async sweepResumable(
    session: UploadSession,
  ): Promise<'finished' | 'removed' | undefined> {
    if (await this.intake.finishComplete(session)) return 'finished';
    if (!isExpired(session)) return undefined;
    await this.intake.abandon(session);
    return 'removed';
  }

  private async sweepDirect(session: UploadSession): Promise<'removed'> {
    await this.abandoned.abandon(session);
    return 'removed';
  }
}
