import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { RequestOrigin } from '../common/request-origin.js';
import type { User } from '../users/user.entity.js';
import { AccountSections } from './account-sections.service.js';
import { ActivitySections } from './activity-sections.service.js';
import { ContentSections } from './content-sections.service.js';
import { LibrarySections } from './library-sections.service.js';

/** Hands people everything that is kept about them (GDPR, Article 15). */
@Injectable()
export class PersonalDataService {
  constructor(
    private readonly account: AccountSections,
    private readonly content: ContentSections,
    private readonly library: LibrarySections,
    private readonly activity: ActivitySections,
    private readonly audit: AuditService,
  ) {}

  /** One JSON document, of which one section at a time is in memory. */
  async download(user: User, origin: RequestOrigin): Promise<Readable> {
    await this.audit.record({
      action: 'account.data_downloaded',
      by: { id: user.id, origin },
      subject: { type: 'user', id: user.id },
    });
    return Readable.from(this.document(user));
  }

  private async *document(user: User): AsyncIterable<string> {
    yield `{\n"format": "videoflix-personal-data",\n"version": 1,\n"exported_at": "${new Date().toISOString()}"`;
    for (const sections of [this.account, this.content, this.library, this.activity]) {
      for await (const [name, section] of sections.of(user)) {
        yield `,\n"${name}": ${JSON.stringify(section, undefined, 2)}`;
      }
    }
    yield '\n}\n';
  }
}
