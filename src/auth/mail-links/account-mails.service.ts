import { Injectable } from '@nestjs/common';
import { MailOutbox } from '../../mail/mail-outbox.service.js';
import type { User } from '../../users/user.entity.js';
import { activationMail, alreadyRegisteredMail, passwordResetMail } from '../mails/index.js';
import type { ActivationLink } from './activation-links.service.js';
import { AppLinks } from './app-links.js';

/** Mails to the owner about the way into the account. */
@Injectable()
export class AccountMails {
  constructor(
    private readonly outbox: MailOutbox,
    private readonly links: AppLinks,
  ) {}

  async activation({ id, email }: User, link: ActivationLink): Promise<void> {
    const url = this.links.activation(id, link.token);
    const registeredAt = link.isOneOfMany ? link.registeredAt : undefined;
    await this.outbox.add(activationMail(email, url, registeredAt), { userId: id });
  }

  /** Somebody tried to register with an address that has an account. */
  async alreadyRegistered({ id, email }: User): Promise<void> {
    await this.outbox.add(alreadyRegisteredMail(email, this.links.login()), { userId: id });
  }

  async passwordReset({ id, email }: User, token: string): Promise<void> {
    const url = this.links.passwordReset(id, token);
    await this.outbox.add(passwordResetMail(email, url), { userId: id });
  }
}
