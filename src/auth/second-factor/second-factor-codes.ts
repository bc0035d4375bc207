import { createHmac } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { SecretBox } from '../../common/secret-box.js';
import { Secrets } from '../../config/secrets.js';
import { newRecoveryCodes, normalizeRecoveryCode } from './recovery-codes.js';
import { newTotpSecret, timeStepOf } from './totp.js';
import type { TotpCredential } from './totp-credential.entity.js';

/** Makes and checks codes; what it gives to be stored tells nothing to whoever has only the database. */
@Injectable()
export class SecondFactorCodes {
  private readonly logger = new Logger('Accounts');
  private readonly recoveryKey: Buffer;

  constructor(
    private readonly box: SecretBox,
    secrets: Secrets,
  ) {
    this.recoveryKey = secrets.key('recovery-code');
  }

  /** @returns the secret in base32, and sealed for its owner */
  newSecret(userId: string): { secret: string; sealedSecret: Buffer } {
    const secret = newTotpSecret();
    return { secret, sealedSecret: this.box.seal(secret, labelOf(userId)) };
  }

  /** The time step a code of the authenticator belongs to; undefined for a wrong code. */
  timeStepOf(
    { userId, sealedSecret }: Pick<TotpCredential, 'userId' | 'sealedSecret'>,
    code: string,
  ): number | undefined {
    const secret = this.open(sealedSecret, userId);
    if (secret === undefined) return undefined;
    return timeStepOf(secret, code.replace(/\s/g, ''), Date.now());
  }

  newRecoveryCodes(userId: string): { codes: string[]; hashes: Buffer[] } {
    const codes = newRecoveryCodes();
    return { codes, hashes: codes.map((code) => this.recoveryCodeHash(userId, code)) };
  }

  /** 50 bits could be tried out if they were only hashed: hence the key. */
  recoveryCodeHash(userId: string, code: string): Buffer {
    return createHmac('sha256', this.recoveryKey)
      .update(`${userId} ${normalizeRecoveryCode(code)}`)
      .digest();
  }

  /** Undefined for what was sealed under another secret of the installation: no code of it is right. */
  private open(sealedSecret: Buffer, userId: string): string | undefined {
    try {
      return this.box.open(sealedSecret, labelOf(userId));
    } catch {
      this.logger.error(
        `the authenticator of user ${userId} cannot be read: the installation has another secret now. The command reset-second-factor lets them in.`,
      );
      return undefined;
    }
  }
}

function labelOf(userId: string): string {
  return `totp ${userId}`;
}
