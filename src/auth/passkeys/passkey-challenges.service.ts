import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, MoreThan, Repository } from 'typeorm';
import { networkOf } from '../../common/network-of.js';
import { AccountsConfig } from '../../config/config.js';
import { RateLimiter } from '../../ports/rate-limiter.js';
import { PasskeyChallenge } from './passkey-challenge.entity.js';
import { CEREMONY_MILLISECONDS } from './relying-party.js';

/** Challenges that wait for their answer: five minutes, once. */
@Injectable()
export class PasskeyChallengesService {
  constructor(
    @InjectRepository(PasskeyChallenge)
    private readonly challenges: Repository<PasskeyChallenge>,
    private readonly limiter: RateLimiter,
    private readonly config: AccountsConfig,
  ) {}

  /**
   * Keeps a challenge. Returns its id.
   *
   * @param userId who adds a passkey; null for a sign-in
   */
  async keep(challenge: string, userId: string | null): Promise<string> {
    const id = randomUUID();
    const expiresAt = new Date(Date.now() + CEREMONY_MILLISECONDS);
    await this.challenges.insert({ id, userId, challenge, expiresAt });
    return id;
  }

  /**
   * Keeps the challenge of a sign-in by whoever it may be. Returns its id.
   *
   * @throws TooManyRequestsError when one address asks for too many
   */
  async keepForAnybody(challenge: string, address: string): Promise<string> {
    const limit = { name: 'passkey-challenges', points: this.config.loginsPerMinute, seconds: 60 };
    await this.limiter.admit(limit, networkOf(address), 'Too many sign-ins from your address.');
    return this.keep(challenge, null);
  }

  /**
   * The challenge, which is used up by that; undefined when it is used, expired or somebody else's.
   *
   * @param userId null for a sign-in
   */
  async take(id: string, userId: string | null): Promise<string | undefined> {
    const deletion = this.challenges
      .createQueryBuilder()
      .delete()
      .where({ id, userId: userId ?? IsNull(), expiresAt: MoreThan(new Date()) })
      .returning('challenge');
    const rows = (await deletion.execute()).raw as Pick<PasskeyChallenge, 'challenge'>[];
    return rows.at(0)?.challenge;
  }

  async removeExpiredBefore(moment: Date): Promise<number> {
    const { affected } = await this.challenges.delete({ expiresAt: LessThan(moment) });
    return affected ?? 0;
  }
}
