import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { MailTokensService } from '../auth/mail-links/mail-tokens.service.js';
import { PasskeyChallengesService } from '../auth/passkeys/passkey-challenges.service.js';
import { SessionsService } from '../auth/sessions/sessions.service.js';
import { QualityService } from '../library/quality/quality.service.js';
import { MailLog } from '../mail/mail-log.service.js';
import { daysBefore } from './grace.js';

const SESSION_DAYS = 30;
const MAIL_DAYS = 30;
const AUDIT_DAYS = 365;
const QUALITY_DAYS = 366;

/** Removes rows whose time is over. */
@Injectable()
export class ExpiredRows {
  constructor(
    private readonly tokens: MailTokensService,
    private readonly sessions: SessionsService,
    private readonly challenges: PasskeyChallengesService,
    private readonly mailLog: MailLog,
    private readonly audit: AuditService,
    private readonly quality: QualityService,
  ) {}

  /** How many of each kind were removed; kinds in the singular. */
  async remove(now: Date): Promise<Record<string, number>> {
    return {
      link: await this.tokens.removeExpiredBefore(now),
      session: await this.sessions.removeEndedBefore(daysBefore(now, SESSION_DAYS)),
      challenge: await this.challenges.removeExpiredBefore(now),
      mail: await this.mailLog.removeFinishedBefore(daysBefore(now, MAIL_DAYS)),
      'playback day': await this.quality.removeBefore(daysBefore(now, QUALITY_DAYS)),
      'audit event': await this.audit.removeBefore(daysBefore(now, AUDIT_DAYS)),
    };
  }
}
