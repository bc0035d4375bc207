import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { MailToken, type MailTokenPurpose } from './mail-token.entity.js';
import { hashOpaqueToken, matchesOpaqueToken, newOpaqueToken } from './opaque-token.js';

const LIFETIME_HOURS: Readonly<Record<MailTokenPurpose, number>> = {
  activation: 72,
  'password-reset': 24,
};

/** Tokens of mailed links: bound to a user and a purpose, used once, replaced by the next one. */
@Injectable()
export class MailTokensService {
  constructor(@InjectRepository(MailToken) private readonly tokens: Repository<MailToken>) {}

  /** Makes a token and voids the one before it. */
  async issue(userId: string, purpose: MailTokenPurpose): Promise<string> {
    const token = newOpaqueToken();
    const now = new Date();
    await this.tokens.upsert(
      {
        userId,
        purpose,
        tokenHash: hashOpaqueToken(token),
        createdAt: now,
        expiresAt: new Date(now.getTime() + LIFETIME_HOURS[purpose] * 3_600_000),
      },
      ['userId', 'purpose'],
    );
    return token;
  }

  /** True once for a valid token, which is then void. */
  async redeem(userId: string, purpose: MailTokenPurpose, token: string): Promise<boolean> {
    const stored = await this.tokens.findOneBy({ userId, purpose });
    if (!stored || stored.expiresAt < new Date()) return false;
    if (!matchesOpaqueToken(stored.tokenHash, token)) return false;
    const { affected } = await this.tokens.delete({ id: stored.id, tokenHash: stored.tokenHash });
    return affected === 1;
  }
}
