import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, MoreThan, Not, Repository } from 'typeorm';
import { UploadSession, type Refusal, type UploadKind } from './upload-session.entity.js';

/** All SQL about files on their way in. */
@Injectable()
export class UploadSessionsRepository {
  constructor(
    @InjectRepository(UploadSession) private readonly sessions: Repository<UploadSession>,
  ) {}

  async insert(session: Partial<UploadSession>): Promise<void> {
    // A jsonb column takes any JSON, but TypeORM's partial types follow it key by key.
    await this.sessions.insert(session as object);
  }

  async findOwn(id: string, ownerId: string): Promise<UploadSession | null> {
    return this.sessions.findOneBy({ id, ownerId });
  }

  async findByKey(storageKey: string): Promise<UploadSession | null> {
    return this.sessions.findOneBy({ storageKey });
  }

  /** The oldest first. */
  async findAllOf(ownerId: string): Promise<UploadSession[]> {
    return this.sessions.find({ where: { ownerId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** Those that are not finished, the newest first. */
  async findOpen(ownerId: string, kind: UploadKind): Promise<UploadSession[]> {
    return this.sessions.find({
      where: { ownerId, kind, finishedAt: IsNull() },
      order: { createdAt: 'DESC', id: 'ASC' },
    });
  }

  /** Bytes that an owner has announced, and that can still become a video. */
  async openBytes(ownerId: string): Promise<number> {
    const open = { ownerId, finishedAt: IsNull(), expiresAt: MoreThan(new Date()) };
    return (await this.sessions.sum('sizeBytes', open)) ?? 0;
  }

  /**
   * Takes a session that is not finished for oneself; false while another has it. A claim that a crash
   * has left is good for ten minutes.
   */
  async claim(id: string): Promise<boolean> {
    const { affected } = await this.sessions
      .createQueryBuilder()
      .update()
      .set({ claimedAt: () => 'now()' })
      .where('id = :id AND finished_at IS NULL', { id })
      .andWhere(`(claimed_at IS NULL OR claimed_at < now() - interval '10 minutes')`)
      .execute();
    return affected === 1;
  }

  async release(id: string): Promise<void> {
    await this.sessions.update(id, { claimedAt: null });
  }

  /** Keeps the id of the multipart upload that the storage has begun for a session. */
  async rememberUpload(id: string, storageUploadId: string): Promise<void> {
    await this.sessions.update(id, { storageUploadId });
  }

  async rememberHash(storageKey: string, sha256: string): Promise<void> {
    await this.sessions.update({ storageKey, finishedAt: IsNull() }, { sha256 });
  }

  async finish(id: string, videoId: string | null): Promise<void> {
    await this.sessions.update(id, { videoId, finishedAt: new Date() });
  }

  /** Ends a session of which no video came; `videoId` is that of the video that was there already. */
  async refuse(id: string, refusal: Refusal, videoId: string | null): Promise<void> {
    await this.sessions.update(id, { refusal, videoId, finishedAt: new Date() });
  }

  /** The ids of all that are not finished, but may be: those that have expired, or came in pieces. */
  async findUnfinishedIds(): Promise<string[]> {
    const finishedAt = IsNull();
    const found = await this.sessions.find({
      select: { id: true },
      where: [
        { finishedAt, kind: 'resumable' },
        { finishedAt, expiresAt: LessThan(new Date()) },
      ],
      order: { expiresAt: 'ASC' },
    });
    return found.map(({ id }) => id);
  }

  async find(id: string): Promise<UploadSession | null> {
    return this.sessions.findOneBy({ id });
  }

  /** @returns how many finished ones expired before then, and are forgotten now */
  async deleteExpired(before: Date): Promise<number> {
    const { affected } = await this.sessions.delete({
      finishedAt: Not(IsNull()),
      expiresAt: LessThan(before),
    });
    return affected ?? 0;
  }

  async delete(id: string): Promise<void> {
    await this.sessions.delete(id);
  }
}
