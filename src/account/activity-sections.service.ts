import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { MailLog } from '../mail/mail-log.service.js';
import type { User } from '../users/user.entity.js';
import { toEventData, toMailData } from './personal-data.dto.js';

/** The sections of a person's data that are about what they did, and what was done. */
@Injectable()
export class ActivitySections {
  constructor(
    private readonly audit: AuditService,
    private readonly mailLog: MailLog,
  ) {}

  async *of({ id }: User): AsyncIterable<[name: string, section: unknown]> {
    yield ['events', (await this.audit.listOf(id)).map((event) => toEventData(event, id))];
    yield ['mails', (await this.mailLog.listOf(id)).map(toMailData)];
  }
}
