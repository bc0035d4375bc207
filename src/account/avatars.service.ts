import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { Scratch } from '../common/scratch.js';
import { TooManyRequestsError } from '../common/too-many-requests.js';
import { makeAvatar } from '../media-tools/make-avatar.js';
import { avatarKey } from '../media/object-keys.js';
import { foundOr, MediaStorage, type ObjectInfo } from '../ports/media-storage.js';
import { RateLimiter, type RateLimit } from '../ports/rate-limiter.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** Nobody keeps the others waiting with one picture after the other. */
const PICTURES: RateLimit = { name: 'pictures', points: 10, seconds: 3600 };

/** Brings the picture of an upload to a local file. */
export type Receive = (targetPath: string) => Promise<void>;

/** Where the encoder of pictures is. */
export class PictureEncoder {
  constructor(readonly ffmpegPath: string) {}
}

/** The pictures people choose for themselves. */
@Injectable()
export class AvatarsService {
  /** The last picture in the making: one at a time is fast enough, and bounds the memory. */
  private making: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly users: UsersService,
    private readonly storage: MediaStorage,
    private readonly encoder: PictureEncoder,
    private readonly limiter: RateLimiter,
    private readonly scratch: Scratch,
  ) {}

  /**
   * @param signal aborted when nobody waits for it any more
   * @throws DomainError `avatar.not_an_image`, TooManyRequestsError, and whatever `receive` throws
   */
  async replace(userId: string, receive: Receive, signal: AbortSignal): Promise<User> {
    const { allowed, resetSeconds } = await this.limiter.consume(PICTURES, userId);
    if (!allowed) throw new TooManyRequestsError('Too many pictures.', resetSeconds);
    return this.scratch.use('avatar', async (folder) => {
      const [source, picture] = [path.join(folder, 'source'), path.join(folder, 'picture.jpg')];
      await receive(source);
      await this.make(source, picture, signal);
      return this.keep(userId, picture);
    });
  }

  async remove(userId: string): Promise<void> {
    await this.deletePicture(await this.users.replaceAvatar(userId, null));
  }

  /** @throws DomainError `avatar.not_found`, also for what the viewer may not know of */
  async find(userId: string, name: string, viewer: Viewer): Promise<ObjectInfo & { key: string }> {
    if (viewer.isDemo && viewer.id !== userId) throw notFound();
    const key = (await this.users.findById(userId))?.avatarKey;
    if (!key?.endsWith(`/${name}`)) throw notFound();
    return { key, ...(await foundOr(this.storage.info(key), notFound)) };
  }

  /** @throws DomainError `avatar.not_found` when it was replaced a moment ago */
  async read({ key }: { key: string }): Promise<Readable> {
    return foundOr(this.storage.read(key), notFound);
  }

  private async make(source: string, picture: string, signal: AbortSignal): Promise<void> {
    const { ffmpegPath } = this.encoder;
    const made = this.making.then(() => makeAvatar(source, picture, { ffmpegPath, signal }));
    this.making = made.catch(() => undefined);
    try {
      if (await made) return;
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new DomainError('upload.interrupted', 'Nobody waits for the picture any more.');
    }
    throw new DomainError('avatar.not_an_image', 'Send a JPEG, PNG or WebP picture.');
  }

  private async keep(userId: string, picture: string): Promise<User> {
    const key = avatarKey(userId, randomBytes(12).toString('hex'));
    await this.storage.moveIn(key, picture);
    await this.deletePicture(await this.show(userId, key));
    const user = await this.users.findById(userId);
    if (!user) throw new DomainError('auth.session_revoked', 'Please sign in again.');
    return user;
  }

  private async show(userId: string, key: string): Promise<string | null> {
    try {
      return await this.users.replaceAvatar(userId, key);
    } catch (error) {
      // Nothing leads to it, and nobody would ever look for it.
      await this.storage.delete(key);
      throw error;
    }
  }

  private async deletePicture(key: string | null): Promise<void> {
    if (key !== null) await this.storage.delete(key);
  }
}

function notFound(): DomainError {
  return new DomainError('avatar.not_found', 'This user has no such picture.');
}
