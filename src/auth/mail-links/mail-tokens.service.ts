import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, MoreThan, Repository, type FindOptionsWhere } from 'typeorm';
import { hashOpaqueToken, newOpaqueToken } from '../../common/opaque-token.js';
import { MailToken, type MailTokenPurpose } from './mail-token.entity.js';

const LIFETIME_HOURS: Readonly<Record<MailTokenPurpose, number>> = {
  activation: 72,
  'password-reset': 24,
  'email-change': 24,
};

/** What a link that was followed stands for. */
export type RedeemedLink = Pick<MailToken, 'newEmail' | 'username' | 'passwordHash'>;

/** Tokens of mailed links: bound to a user and a purpose, used once, replaced by the next one. */
@Injectable()
export class MailTokensService {
  constructor(@InjectRepository(MailToken) private readonly tokens: Repository<MailToken>) {}

  /** Makes a token and voids the one before it. */
  async issue(
    userId: string,
    purpose: Exclude<MailTokenPurpose, 'activation'>,
    newEmail: string | null = null,
    manager = this.tokens.manager,
  ): Promise<string> {
    const token = newOpaqueToken();
    await manager.upsert(
      MailToken,
      {
        userId,
        purpose,
        newEmail,
        tokenHash: hashOpaqueToken(token),
        createdAt: new Date(),
        expiresAt: expiryOf(purpose),
      },
      { conflictPaths: ['userId', 'purpose'], indexPredicate: `purpose <> 'activation'` },
    );
    return token;
  }

  /** True for a valid token, which stays valid. */
  async isValid(userId: string, purpose: MailTokenPurpose, token: string): Promise<boolean> {
    return this.tokens.existsBy(valid(userId, purpose, token));
  }

  /** True while a user has a valid token for a purpose. */
  async awaits(userId: string, purpose: MailTokenPurpose): Promise<boolean> {
    return this.tokens.existsBy({ userId, purpose, expiresAt: MoreThan(new Date()) });
  }

  /** What a valid token stands for, once: it is void from then on. */
  async redeem(
    userId: string,
    purpose: MailTokenPurpose,
    token: string,
    manager = this.tokens.manager,
  ): Promise<RedeemedLink | undefined> {
    const stored = await manager.findOneBy(MailToken, valid(userId, purpose, token));
    if (!stored) return undefined;
    const { affected } = await manager.delete(MailToken, { id: stored.id });
    return affected === 1 ? stored : undefined;
  }

  /** Voids every link that was mailed to a user. */
  async voidAll(userId: string, manager = this.tokens.manager): Promise<void> {
    await manager.delete(MailToken, { userId });
  }

  async removeExpiredBefore(moment: Date): Promise<number> {
    const { affected } = await this.tokens.delete({ expiresAt: LessThan(moment) });
    return affected ?? 0;
  }
}

/** When a token that is made now expires. */
export function expiryOf(purpose: MailTokenPurpose): Date {
  return new Date(Date.now() + LIFETIME_HOURS[purpose] * 3_600_000);
}

function valid(
  userId: string,
  purpose: MailTokenPurpose,
  token: string,
): FindOptionsWhere<MailToken> {
  return { userId, purpose, tokenHash: hashOpaqueToken(token), expiresAt: MoreThan(new Date()) };
}
