import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { SecretBox } from '../common/secret-box.js';
import { FIRST_KEY, keyTimes } from './key-times.js';
import { SEAL } from './media-keyring.service.js';
import { MediaKeysRepository } from './media-keys.repository.js';

const HIGHEST_ID = 255;

/** What became of the keys of media links. */
export interface Rotation {
  id: number;
  signsFrom: Date;
}

/** Makes new keys of media links, and removes those that nobody needs any more. */
@Injectable()
export class MediaKeyRotation {
  constructor(
    private readonly keys: MediaKeysRepository,
    private readonly box: SecretBox,
    private readonly audit: AuditService,
  ) {}

  /**
   * Makes a key that signs from `signsFrom` on. Links of the keys before it stay good for as long as they
   * were made for, unless it voids them.
   */
  async rotate(signsFrom: Date, voidsOlder: boolean): Promise<Rotation> {
    const rows = await this.keys.findAll();
    const newest = rows.at(-1)?.id ?? FIRST_KEY;
    const id = (newest % HIGHEST_ID) + 1;
    const { accepted } = keyTimes(rows, new Date());
    // The newest stays in any case: the next number follows from it.
    await this.keys.remove(
      rows.map((row) => row.id).filter((old) => !accepted.has(old) && old !== newest),
    );
    const secret = randomBytes(32).toString('hex');
    const sealedSecret = this.box.seal(secret, SEAL);
    await this.keys.insert({ id, sealedSecret, signsFrom, voidsOlder });
    await this.audit.record({
      action: 'playback_key.rotated',
      details: { key: id, signs_from: signsFrom.toISOString(), voids_older: voidsOlder },
    });
    return { id, signsFrom };
  }
}
