import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { MailLinksService } from '../mail-links/mail-links.service.js';
import { MailTokensService } from '../mail-links/mail-tokens.service.js';
import { SessionsService } from '../sessions/sessions.service.js';

interface NewPassword {
  passwordHash: string;
  action: 'password.changed' | 'password.reset';
  /** Unset for a command. */
  actorId?: string;
  /** The session in which the password was changed, which goes on. */
  keepSessionId?: string;
}

/** What follows from a new password: sessions end, mailed links are void, and the owner is told. */
@Injectable()
export class NewPasswordService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly tokens: MailTokensService,
    private readonly mailLinks: MailLinksService,
    private readonly audit: AuditService,
  ) {}

  async set(
    user: User,
    { passwordHash, action, actorId, keepSessionId }: NewPassword,
  ): Promise<void> {
    await this.users.update(user.id, { passwordHash });
    await this.users.forgetFailures(user.id);
    await this.tokens.voidAll(user.id);
    await this.sessions.revokeAll(user.id, keepSessionId);
    await this.audit.record({ action, actorId, subject: { type: 'user', id: user.id } });
    await this.mailLinks.mailPasswordChanged(user);
  }
}
