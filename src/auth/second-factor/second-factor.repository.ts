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
    manager: EntityManager,
  ): Promise<boolean> {
    const { affected } = await manager.update(
      TotpCredential,
      { userId, sealedSecret, confirmedAt: IsNull() },
      { confirmedAt: new Date(), lastTimeStep },
    );
    if (affected !== 1) return false;
    await replaceCodes(manager, userId, codeHashes);
    return true;
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
  async takeRecoveryCode(
    userId: string,
    codeHash: Buffer,
    manager: EntityManager,
  ): Promise<boolean> {
    const { affected } = await manager.delete(RecoveryCode, { userId, codeHash });
    return affected === 1;
  }

  /**
   * False when no authenticator is active.
   *
   * @param manager of a transaction that holds the user, so that two at once do not leave twenty codes
   */
  async replaceRecoveryCodes(
    userId: string,
    codeHashes: readonly Buffer[],
    manager: EntityManager,
  ): Promise<boolean> {
    const isActive = { userId, confirmedAt: Not(IsNull()) };
    if (!(await manager.existsBy(TotpCredential, isActive))) return false;
    await replaceCodes(manager, userId, codeHashes);
    return true;
  }

  async countRecoveryCodes(userId: string, manager = this.codes.manager): Promise<number> {
    return manager.countBy(RecoveryCode, { userId });
  }

  /** Removes the authenticator and its recovery codes. True when it was active. */
  async remove(userId: string, manager: EntityManager): Promise<boolean> {
    const deletion = manager
      .createQueryBuilder()
      .delete()
      .from(TotpCredential)
      .where({ userId })
      .returning('confirmed_at');
    const rows = (await deletion.execute()).raw as { confirmed_at: Date | null }[];
    await manager.delete(RecoveryCode, { userId });
    return rows.some((row) => row.confirmed_at !== null);
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
