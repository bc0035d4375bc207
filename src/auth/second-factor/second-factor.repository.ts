import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, Not, Repository, type EntityManager } from 'typeorm';
import { RecoveryCode } from './recovery-code.entity.js';
import { TotpCredential } from './totp-credential.entity.js';

/** Authenticators and recovery codes in the database; of two who use one code at once, one wins. */
@Injectable()
export class SecondFactorRepository {
  constructor(
    @InjectRepository(TotpCredential) private readonly totp: Repository<TotpCredential>,
    @InjectRepository(RecoveryCode) private readonly codes: Repository<RecoveryCode>,
  ) {}

  async find(userId: string): Promise<TotpCredential | null> {
    return this.totp.findOneBy({ userId });
  }

  /** The authenticator that counts at sign-in. */
  async findActive(userId: string): Promise<TotpCredential | null> {
    return this.totp.findOneBy({ userId, confirmedAt: Not(IsNull()) });
  }

  /** Puts an authenticator that is yet to be confirmed in the place of one that never was. False when one is active. */
  async begin(userId: string, sealedSecret: Buffer): Promise<boolean> {
    const rows = await this.totp.query<unknown[]>(
      `INSERT INTO totp_credentials AS known (user_id, sealed_secret) VALUES ($1, $2)
       ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, created_at = now()
         WHERE known.confirmed_at IS NULL
       RETURNING user_id`,
      [userId, sealedSecret],
    );
    return rows.length === 1;
  }

  /** Makes an authenticator count, together with its recovery codes. False when it is not the waiting one any more. */
  async confirm(
    { userId, sealedSecret }: TotpCredential,
    lastTimeStep: number,
    codeHashes: readonly Buffer[],
  ): Promise<boolean> {
    return this.totp.manager.transaction(async (manager) => {
      const { affected } = await manager.update(
        TotpCredential,
        { userId, sealedSecret, confirmedAt: IsNull() },
        { confirmedAt: new Date(), lastTimeStep },
      );
      if (affected !== 1) return false;
      await replaceCodes(manager, userId, codeHashes);
      return true;
    });
  }

  /** Uses up the code of a time step, and those before it. False when that has been done already. */
  async takeTimeStep(userId: string, timeStep: number): Promise<boolean> {
    const { affected } = await this.totp.update(
      { userId, confirmedAt: Not(IsNull()), lastTimeStep: LessThan(timeStep) },
      { lastTimeStep: timeStep },
    );
    return affected === 1;
  }

  /** Uses up a recovery code. False when there is none like it. */
  async takeRecoveryCode(userId: string, codeHash: Buffer): Promise<boolean> {
    const { affected } = await this.codes.delete({ userId, codeHash });
    return affected === 1;
  }

  /** False when no authenticator is active. */
  async replaceRecoveryCodes(userId: string, codeHashes: readonly Buffer[]): Promise<boolean> {
    return this.totp.manager.transaction(async (manager) => {
      // The lock keeps two replacements at once from leaving twenty codes.
      const active = await manager.findOne(TotpCredential, {
        where: { userId, confirmedAt: Not(IsNull()) },
        lock: { mode: 'pessimistic_write' },
      });
      if (!active) return false;
      await replaceCodes(manager, userId, codeHashes);
      return true;
    });
  }

  async countRecoveryCodes(userId: string): Promise<number> {
    return this.codes.countBy({ userId });
  }

  /** Removes the authenticator and its recovery codes. True when it was active. */
  async remove(userId: string): Promise<boolean> {
    return this.totp.manager.transaction(async (manager) => {
      const deletion = manager
        .createQueryBuilder()
        .delete()
        .from(TotpCredential)
        .where({ userId })
        .returning('confirmed_at');
      const rows = (await deletion.execute()).raw as { confirmed_at: Date | null }[];
      await manager.delete(RecoveryCode, { userId });
      return rows.some((row) => row.confirmed_at !== null);
    });
  }
}

async function replaceCodes(
  manager: EntityManager,
  userId: string,
  codeHashes: readonly Buffer[],
): Promise<void> {
  await manager.delete(RecoveryCode, { userId });
  await manager.insert(
    RecoveryCode,
    codeHashes.map((codeHash) => ({ userId, codeHash })),
  );
}
