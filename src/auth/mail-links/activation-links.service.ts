import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { hashOpaqueToken, newOpaqueToken } from '../../common/opaque-token.js';
import { UserArrivals, type Choice } from '../../users/arrivals.service.js';
import type { User } from '../../users/user.entity.js';
import { MailToken } from './mail-token.entity.js';
import { expiryOf } from './mail-tokens.service.js';

/** A link that is about to be mailed. */
export interface ActivationLink {
  token: string;
  /** When the registration was made that it activates. */
  registeredAt: Date;
  /** Whether other registrations of the address wait as well. */
  isOneOfMany: boolean;
}

interface Issued {
  id: string;
  created_at: Date;
  /** Registrations of the address, this one included. */
  waiting: number;
}

/**
 * Links that activate accounts. Anybody can register any address, so each registration has a link
 * of its own, which activates what was chosen in it and nothing else.
 */
@Injectable()
export class ActivationLinksService {
  constructor(
    @InjectRepository(MailToken) private readonly tokens: Repository<MailToken>,
    private readonly arrivals: UserArrivals,
  ) {}

  /**
   * Notes a registration, of whatever address, in the same time.
   *
   * @returns the account, which may be one that was activated long ago
   */
  async register(email: string, choice: Choice): Promise<Pick<User, 'id' | 'activatedAt'>> {
    return this.tokens.manager.transaction(async (manager) => {
      const user = await this.arrivals.register(email, choice, manager);
      await this.expect(user.id, choice, manager);
      return user;
    });
  }

  /** Notes what an activation is to set; the link is made when it is mailed. */
  async expect(
    userId: string,
    { username, passwordHash }: Choice,
    manager = this.tokens.manager,
  ): Promise<void> {
    await manager.insert(MailToken, {
      userId,
      username,
      passwordHash,
      purpose: 'activation',
      tokenHash: hashOpaqueToken(newOpaqueToken()),
      expiresAt: expiryOf('activation'),
    });
  }

  /**
   * Makes the link of a registration that none was mailed for yet, else of the latest one. Links that
   * were mailed before are void from then on. Undefined when no registration is known any more.
   */
  async issue(userId: string): Promise<ActivationLink | undefined> {
    const token = newOpaqueToken();
    return this.tokens.manager.transaction(async (manager) => {
      // Of two jobs at once each takes a registration of its own, and the second one's link is good.
      await manager.query('SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE', [userId]);
      const [rows] = await manager.query<[Issued[]]>(
        `UPDATE mail_tokens SET token_hash = $2, expires_at = $3, mailed_at = clock_timestamp()
         WHERE id = (
           SELECT id FROM mail_tokens WHERE user_id = $1 AND purpose = 'activation'
           ORDER BY mailed_at IS NOT NULL, created_at DESC LIMIT 1)
         RETURNING id, created_at, (
           SELECT count(*)::integer FROM mail_tokens
           WHERE user_id = $1 AND purpose = 'activation') AS waiting`,
        [userId, hashOpaqueToken(token), expiryOf('activation')],
      );
      const [row] = rows;
      if (!row) return undefined;
      await manager.query(
        `DELETE FROM mail_tokens
         WHERE user_id = $1 AND purpose = 'activation' AND mailed_at IS NOT NULL AND id <> $2`,
        [userId, row.id],
      );
      return { token, registeredAt: row.created_at, isOneOfMany: row.waiting > 1 };
    });
  }

  /** Forgets registrations of an address that needs none. */
  async forget(userId: string): Promise<void> {
    await this.tokens.delete({ userId, purpose: 'activation' });
  }
}
