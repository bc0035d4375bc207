import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { OwnedVideosService } from '../catalogue/owned-videos.service.js';
import { MailLog } from '../mail/mail-log.service.js';
import { UsersService } from '../users/users.service.js';
import { AccountObjects } from './account-objects.service.js';
import type { ErasureOutcome } from './erasure-run.js';

/** Removes one account with everything that is theirs. */
@Injectable()
export class AccountEraser {
  constructor(
    private readonly users: UsersService,
    private readonly videos: OwnedVideosService,
    private readonly objects: AccountObjects,
    private readonly audit: AuditService,
    private readonly mailLog: MailLog,
  ) {}

  /**
   * May be called again after a crash at any point: the row goes last, and with it the last trace.
   *
   * @param deleteUser deletes the row; false when it is not there, or to stay after all
   * @returns `postponed` when one of the videos is still being worked on: call again in an hour;
   *   `spared` when another process was first, or the row stays
   */
  async erase(
    userId: string,
    deleteUser = () => this.users.delete(userId),
  ): Promise<ErasureOutcome> {
    await this.videos.withdraw(userId);
    if (!(await this.videos.areAtRest(userId))) return 'postponed';
    await this.objects.remove(userId);
    await this.removeRecords(userId);
    // The database removes what refers to the user's row together with it.
    return (await deleteUser()) ? 'erased' : 'spared';
  }

  private async removeRecords(userId: string): Promise<void> {
    const user = await this.users.findById(userId);
    // Others may have had mails to this address, before it was this user's.
    if (user) await this.mailLog.removeFinishedTo(user.email);
    await this.audit.anonymize(userId);
  }
}
