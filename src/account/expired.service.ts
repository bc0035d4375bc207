import { Injectable } from '@nestjs/common';
import { MailTokensService } from '../auth/mail-links/mail-tokens.service.js';
import { UserDepartures } from '../users/departures.service.js';
import { AccountEraser } from './account-eraser.service.js';
import { ERASURE_BATCH, eraseEach, type ErasureOutcome } from './erasure-run.js';
import { ExpiredRows } from './expired-rows.service.js';
import { daysBefore } from './grace.js';

const UNCONFIRMED_DAYS = 7;

/** Removes what has expired. Counters of failed sign-ins are cleared where they are kept. */
@Injectable()
export class ExpiredService {
  constructor(
    private readonly rows: ExpiredRows,
    private readonly departures: UserDepartures,
    private readonly tokens: MailTokensService,
    private readonly eraser: AccountEraser,
  ) {}

  /** Returns one line for the record. */
  async clear(): Promise<string> {
    const now = new Date();
    const counts = { ...(await this.rows.remove(now)), 'account never activated': 0 };
    const removed = await this.removeUnconfirmed(daysBefore(now, UNCONFIRMED_DAYS));
    counts['account never activated'] = removed;
    return inWords(counts);
  }

  private async removeUnconfirmed(before: Date): Promise<number> {
    const { erased } = await eraseEach(
      (afterId) => this.departures.unconfirmedBefore(before, afterId, ERASURE_BATCH),
      (userId) => this.eraseUnlessAwaited(userId),
    );
    return erased;
  }

  /** Somebody may have asked for another link a moment ago. */
  private async eraseUnlessAwaited(userId: string): Promise<ErasureOutcome> {
    if (await this.tokens.awaits(userId, 'activation')) return 'spared';
    return this.eraser.erase(userId);
  }
}

/** Such as "removed 1 link, 2 sessions". */
function inWords(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([noun, count]) => `${count} ${count === 1 ? noun : plural(noun)}`);
  return `removed ${parts.length === 0 ? 'nothing' : parts.join(', ')}`;
}

function plural(noun: string): string {
  return noun.replace(/^(\w+ event|\w+)/, '$1s');
}
