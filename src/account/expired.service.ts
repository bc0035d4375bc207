import { Injectable } from '@nestjs/common';
import { MailTokensService } from '../auth/mail-links/mail-tokens.service.js';
import { UserDepartures } from '../users/departures.service.js';
import { AccountEraser } from './account-eraser.service.js';
import { ERASURE_BATCH, eraseEach, tallyInWords, type ErasureOutcome } from './erasure-run.js';
import { ExpiredRows } from './expired-rows.service.js';
import { daysBefore } from './grace.js';
import { UnconfirmedAccounts } from './unconfirmed-accounts.repository.js';

const UNCONFIRMED_DAYS = 7;

/** Removes what has expired. Counters of failed sign-ins are cleared where they are kept. */
@Injectable()
export class ExpiredService {
  constructor(
    private readonly rows: ExpiredRows,
    private readonly departures: UserDepartures,
    private readonly tokens: MailTokensService,
    private readonly unconfirmed: UnconfirmedAccounts,
    private readonly eraser: AccountEraser,
  ) {}

  /**
   * Returns one line for the record.
   *
   * @throws Error when an account could not be removed
   */
  async clear(): Promise<string> {
    const now = new Date();
    const removed = inWords(await this.rows.remove(now));
    const before = daysBefore(now, UNCONFIRMED_DAYS);
    const tally = await eraseEach(
      (afterId) => this.departures.unconfirmedBefore(before, afterId, ERASURE_BATCH),
      (userId) => this.eraseUnlessAwaited(userId, before),
    );
    return `${removed}; ${tallyInWords(tally, 'unconfirmed account')}`;
  }

  /** Somebody may have asked for another link a moment ago. */
  private async eraseUnlessAwaited(userId: string, before: Date): Promise<ErasureOutcome> {
    if (await this.tokens.awaits(userId, 'activation')) return 'spared';
    return this.eraser.erase(userId, () => this.unconfirmed.delete(userId, before));
  }
}

/** Such as "removed 1 link, 2 sessions". */
function inWords(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([noun, count]) => `${count} ${noun}${count === 1 ? '' : 's'}`);
  return `removed ${parts.length === 0 ? 'nothing' : parts.join(', ')}`;
}
