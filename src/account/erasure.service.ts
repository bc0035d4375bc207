import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { UserDepartures } from '../users/departures.service.js';
import { AccountEraser } from './account-eraser.service.js';
import { ERASURE_BATCH, eraseEach, tallyInWords, type ErasureOutcome } from './erasure-run.js';
import { daysBefore, graceEndsBefore } from './grace.js';

/** Removes accounts with everything that is theirs. A run that was cut short is taken up by the next. */
@Injectable()
export class ErasureService {
  constructor(
    private readonly departures: UserDepartures,
    private readonly eraser: AccountEraser,
    private readonly audit: AuditService,
  ) {}

  /**
   * Removes demo guests older than a day; returns one line for the record.
   *
   * @throws Error with that line when one of them could not be removed
   */
  async removeDemoGuests(): Promise<string> {
    const before = daysBefore(new Date(), 1);
    const tally = await eraseEach(
      (afterId) => this.departures.demoGuestsBefore(before, afterId, ERASURE_BATCH),
      (userId) => this.eraser.erase(userId),
    );
    return tallyInWords(tally, 'demo guest');
  }

  /**
   * Removes accounts whose days of grace are over; returns one line for the record.
   *
   * @throws Error with that line when one of them could not be removed
   */
  async eraseDue(): Promise<string> {
    const before = graceEndsBefore(new Date());
    const tally = await eraseEach(
      (afterId) => this.departures.dueBefore(before, afterId, ERASURE_BATCH),
      (userId) => this.eraseClosed(userId, before),
    );
    return tallyInWords(tally, 'account');
  }

  /** From here on it is too late to come back: half an account would be of no use. */
  private async eraseClosed(userId: string, before: Date): Promise<ErasureOutcome> {
    if (!(await this.departures.close(userId, before))) return 'spared';
    const outcome = await this.eraser.erase(userId);
    if (outcome === 'erased') await this.audit.record({ action: 'account.erased' });
    return outcome;
  }
}
