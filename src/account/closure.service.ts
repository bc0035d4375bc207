import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { AppLinks } from '../auth/mail-links/app-links.js';
import { deletionRequestedMail } from '../auth/mails/index.js';
import { SessionsService } from '../auth/sessions/sessions.service.js';
import type { RequestOrigin } from '../common/request-origin.js';
import { MailOutbox } from '../mail/mail-outbox.service.js';
import { UserDepartures } from '../users/departures.service.js';
import type { User } from '../users/user.entity.js';
import { erasureDate } from './grace.js';

/** The wish to leave. Until the days of grace are over, signing in takes it back. */
@Injectable()
export class ClosureService {
  constructor(
    private readonly departures: UserDepartures,
    private readonly sessions: SessionsService,
    private readonly outbox: MailOutbox,
    private readonly links: AppLinks,
    private readonly audit: AuditService,
  ) {}

  /**
   * @returns the day on which the account is erased, as people write it
   * @throws DomainError `user.last_superuser`
   */
  async request({ id, email }: User, origin: RequestOrigin): Promise<string> {
    const now = new Date();
    const day = dayInWords(erasureDate(now));
    const mailId = await this.departures.request(id, now, async (manager) => {
      await this.sessions.revokeAll(id, { manager });
      const subject = { type: 'user', id } as const;
      const action = 'account.deletion_requested';
      await this.audit.record({ action, by: { id, origin }, subject }, manager);
      const mail = deletionRequestedMail(email, day, this.links.login());
      return this.outbox.write(mail, { userId: id, manager });
    });
    await this.outbox.post(mailId);
    return day;
  }
}

function dayInWords(date: Date): string {
  return date.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone: 'UTC' });
}
