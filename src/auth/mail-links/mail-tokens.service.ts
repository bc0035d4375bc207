import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, MoreThan, Repository } from 'typeorm';
import { hashOpaqueToken, matchesOpaqueToken, newOpaqueToken } from '../../common/opaque-token.js';
import { MailToken, type MailTokenPurpose } from './mail-token.entity.js';

const LIFETIME_HOURS: Readonly<Record<MailTokenPurpose, number>> = {
  activation: 72,
  'password-reset': 24,
  'email-change': 24,
};

/** What a link that was followed stands for. */
export interface RedeemedLink {
  /** The address that an `email-change` confirms. */
  newEmail: string | null;
}

/** Tokens of mailed links: bound to a user and a purpose, used once, replaced by the next one. */
@Injectable()
export class MailTokensService {
  constructor(@InjectRepository(MailToken) private readonly tokens: Repository<MailToken>) {}

  /** Makes a token and voids the one before it. */
  async issue(
    userId: string,
    purpose: MailTokenPurpose,
    newEmail: string | null = null,
  ): Promise<string> {
    const token = newOpaqueToken();
    const now = new Date();
    await this.tokens.upsert(
      {
        userId,
        purpose,
        newEmail,
        tokenHash: hashOpaqueToken(token),
        createdAt: now,
        expiresAt: new Date(now.getTime() + LIFETIME_HOURS[purpose] * 3_600_000),
      },
      ['userId', 'purpose'],
    );
    return token;
  }

  /** True for a valid token, which stays valid. */
  async isValid(userId: string, purpose: MailTokenPurpose, token: string): Promise<boolean> {
    return (await this.find(userId, purpose, token)) !== undefined;
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
  ): Promise<RedeemedLink | undefined> {
    const stored = await this.find(userId, purpose, token);
    if (!stored) return undefined;
    const { affected } = await this.tokens.delete({ id: stored.id, tokenHash: stored.tokenHash });
    return affected === 1 ? { newEmail: stored.newEmail } : undefined;
  }

  /** Voids every link that was mailed to a user. */
  async voidAll(userId: string): Promise<void> {
    await this.tokens.delete({ userId });
  }

  async removeExpiredBefore(moment: Date): Promise<number> {
    const { affected } = await this.tokens.delete({ expiresAt: LessThan(moment) });
    return affected ?? 0;
  }

  private async find(
    userId: string,
    purpose: MailTokenPurpose,
    token: string,
  ): Promise<MailToken | undefined> {
    const stored = await this.tokens.findOneBy({ userId, purpose });
    if (!stored || stored.expiresAt < new Date()) return undefined;
    return matchesOpaqueToken(stored.tokenHash, token) ? stored : undefined;
  }
}
