import type { Lock, Locker } from '@tus/server';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../../common/domain-error.js';
import type { HeldLock, Locks } from '../../ports/locks.js';
import { IncomingBytes } from './incoming-bytes.js';
import { lockOf } from './resumable-session.js';
import {
  COMPARED_BYTES,
  pieceTooLarge,
  readChecksumHeader,
  type UploadChecksum,
} from './upload-checksum.js';

/** One request of a tus client, while it is answered. */
export class TusExchange implements Locker {
  readonly body: IncomingBytes;
  readonly checksum: UploadChecksum | undefined;
  /** Set once the upload has become a video, or is known to be one that was there already. */
  videoId: string | null = null;
  private held: HeldLock | undefined;

  /** @throws DomainError `request.invalid` for a checksum that cannot be read, `request.too_large` for its bytes */
  constructor(
    readonly ownerId: string,
    readonly method: string,
    { raw, headers }: FastifyRequest,
    private readonly locks: Locks,
  ) {
    this.body = new IncomingBytes(raw);
    const checksum = headers['upload-checksum'];
    this.checksum = checksum === undefined ? undefined : readChecksumHeader(String(checksum));
    const announced = Number(headers['content-length'] ?? 0);
    if (this.checksum && announced > COMPARED_BYTES) throw pieceTooLarge();
  }

  newLock(id: string): Lock {
    return {
      lock: async () => {
        this.held = await this.locks.acquire(lockOf(id), {
          onWanted: () => this.body.stopIfIdle(),
          onLost: () => this.body.stop(),
        });
        if (!this.held) throw locked();
      },
      unlock: async () => this.held?.release(),
    };
  }

  /** @throws DomainError `upload.locked` */
  requireLock(): void {
    if (this.held?.isLost) throw locked();
  }
}

function locked(): DomainError {
  return new DomainError(
    'upload.locked',
    'Another request is at work on it. Try again in a moment.',
  );
}
