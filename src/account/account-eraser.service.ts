import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { OwnedVideosService } from '../catalogue/owned-videos.service.js';
import { MailLog } from '../mail/mail-log.service.js';
import { avatarsPrefix, uploadsPrefix, videoPrefix } from '../media/object-keys.js';
import { MediaStorage } from '../ports/media-storage.js';
import { UsersService } from '../users/users.service.js';
import type { ErasureOutcome } from './erasure-run.js';

/** Removes one account with everything that is theirs. */
@Injectable()
export class AccountEraser {
  constructor(
    private readonly users: UsersService,
    private readonly videos: OwnedVideosService,
    private readonly storage: MediaStorage,
    private readonly audit: AuditService,
    private readonly mailLog: MailLog,
  ) {}

  /**
   * May be called again after a crash at any point: the row goes last, and with it the last trace.
   *
   * @returns `postponed` when one of the videos is still being worked on: call again in an hour;
   *   `spared` when another process was first
   */
  async erase(userId: string): Promise<ErasureOutcome> {
    await this.videos.withdraw(userId);
    if (!(await this.videos.areAtRest(userId))) return 'postponed';
    await this.removeObjects(userId);
    return (await this.removeRows(userId)) ? 'erased' : 'spared';
  }

  private async removeObjects(userId: string): Promise<void> {
    for (const { id, sourceKey } of await this.videos.places(userId)) {
      await this.storage.deleteTree(videoPrefix(id));
      if (sourceKey !== null) await this.storage.delete(sourceKey);
    }
    await this.storage.deleteTree(uploadsPrefix(userId));
    await this.storage.deleteTree(avatarsPrefix(userId));
  }

  /** The database removes what refers to the user's row together with it. */
  private async removeRows(userId: string): Promise<boolean> {
    const user = await this.users.findById(userId);
    // Others may have had mails to this address, before it was this user's.
    if (user) await this.mailLog.removeFinishedTo(user.email);
    await this.audit.anonymize(userId);
    return this.users.delete(userId);
  }
}
