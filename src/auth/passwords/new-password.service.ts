import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService, type Actor } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import { MailOutbox } from '../../mail/mail-outbox.service.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { AppLinks } from '../mail-links/app-links.js';
import { MailTokensService } from '../mail-links/mail-tokens.service.js';
import { passwordChangedMail } from '../mails/index.js';
import { SessionsService } from '../sessions/sessions.service.js';

interface NewPassword {
  passwordHash: string;
  action: 'password.changed' | 'password.reset';
  /** Unset for a command. */
  by?: Actor;
  /** The session in which the password was changed, which goes on. */
  keepSessionId?: string;
}

/** Throws when the password may not be set after all; runs in the transaction that sets it. */
type Permit = (manager: EntityManager, current: User) => void | Promise<void>;

/** What follows from a new password: sessions end, mailed links are void, and the owner is told. */
@Injectable()
export class NewPasswordService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly tokens: MailTokensService,
    private readonly outbox: MailOutbox,
    private readonly links: AppLinks,
    private readonly audit: AuditService,
  ) {}

  /** @throws whatever `permit` throws */
  async set(
    user: User,
    { passwordHash, action, by, keepSessionId }: NewPassword,
    permit?: Permit,
  ): Promise<void> {
    const mailId = await this.users.holding(user.id, async (manager, current) => {
      if (!current) throw new DomainError('auth.session_revoked', 'The account is gone.');
      await permit?.(manager, current);
      await this.users.setPassword(user.id, passwordHash, manager);
      await this.tokens.voidAll(user.id, manager);
      await this.sessions.revokeAll(user.id, { exceptId: keepSessionId, manager });
      const subject = { type: 'user', id: user.id } as const;
      await this.audit.record({ action, by, subject }, manager);
      const mail = passwordChangedMail(user.email, this.links.forgotPassword());
      return this.outbox.write(mail, { userId: user.id, manager });
    });
    await this.outbox.post(mailId);
  }
}
