import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/server';
import { DomainError } from '../../common/domain-error.js';
import { SESSION_MILLISECONDS } from '../sessions/lifetime.js';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import type { AppendingService } from './appending.service.js';
import type { ResumableIntake } from './resumable-intake.service.js';
import { expired, isExpired, type UploadProgress } from './resumable-session.js';
import type { ResumableSessions } from './resumable-sessions.service.js';
import type { TusExchange } from './tus-exchange.js';

/** What a store works with. */
export interface TusStoreParts {
  sessions: ResumableSessions;
  appending: AppendingService;
  intake: ResumableIntake;
}

/**
 * One client's uploads, as the protocol's server asks for them during one request. The server calls it
 * while it holds the upload's lock.
 */
export class TusStore extends DataStore {
  override extensions = [
    ...['creation', 'creation-with-upload', 'expiration', 'termination', 'checksum'],
  ];

  constructor(
    private readonly exchange: TusExchange,
    private readonly parts: TusStoreParts,
  ) {
    super();
  }

  override getExpiration(): number {
    return SESSION_MILLISECONDS;
  }

  override async create(file: Upload): Promise<Upload> {
    const { id, size: sizeBytes = 0, metadata: pairs = {} } = file;
    const { ownerId } = this.exchange;
    const { expiresAt } = await this.parts.sessions.open({ id, ownerId, sizeBytes, pairs });
    file.creation_date = creationOf({ expiresAt });
    return file;
  }

  override async getUpload(id: string): Promise<Upload> {
    const session = await this.find(id);
    const progress = await this.parts.intake.progress(session);
    this.settle(progress);
    return new Upload({
      id,
      size: session.sizeBytes,
      offset: progress.offset,
      metadata: session.description as Record<string, string | null>,
      creation_date: creationOf(session),
    });
  }

  /**
   * The bytes come from the request itself: the server's own stream, which is empty, would copy them
   * four times.
   */
  override async write(unused: Readable, id: string, offset: number): Promise<number> {
    unused.resume();
    const session = await this.find(id);
    if (offset === session.sizeBytes) return offset;
    const { body, checksum } = this.exchange;
    const end = await this.parts.appending.append(session, offset, body, checksum);
    if (end < session.sizeBytes) return end;
    this.exchange.requireLock();
    this.settle(await this.parts.intake.progress(session));
    return end;
  }

  override async remove(id: string): Promise<void> {
    const session = await this.parts.sessions.find(id, this.exchange.ownerId);
    if (session.finishedAt) {
      throw new DomainError('upload.state_conflict', 'The upload is complete already.');
    }
    await this.parts.intake.forget(session);
  }

  private async find(id: string): Promise<UploadSession> {
    const session = await this.parts.sessions.find(id, this.exchange.ownerId);
    if (isExpired(session)) throw expired();
    return session;
  }

  /**
   * A refusal is said to whoever sends. To a HEAD, the video of a duplicate is the outcome: clients take
   * any error for the loss of the upload, and would send all of the file again.
   */
  private settle({ videoId, refusal }: UploadProgress): void {
    this.exchange.videoId = videoId;
    if (!refusal) return;
    if (this.exchange.method !== 'HEAD') {
      throw new DomainError(refusal.code, refusal.detail, refusal.errors);
    }
    if (videoId === null) throw expired();
  }
}

function creationOf({ expiresAt }: Pick<UploadSession, 'expiresAt'>): string {
  return new Date(expiresAt.getTime() - SESSION_MILLISECONDS).toISOString();
}
