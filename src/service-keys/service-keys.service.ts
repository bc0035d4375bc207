import { randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditService, type Actor } from '../audit/audit.service.js';
import { DomainError } from '../common/domain-error.js';
import { SecretBox } from '../common/secret-box.js';
import type { ServiceKey } from './service-key.entity.js';
import { ServiceKeysRepository } from './service-keys.repository.js';

/** A key with its secret, which nobody can show again. */
export interface NewServiceKey {
  key: ServiceKey;
  secretAccessKey: string;
}

/** Base 32 of RFC 4648, so that no byte of the random ones is more likely than another. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const PREFIX = 'VFXK';

/** 240 bits are 40 characters of base 64, without padding. */
const SECRET_BYTES = 30;

const MINUTE_MILLISECONDS = 60_000;

/** Pairs of keys for services: made, shown, revoked. */
@Injectable()
export class ServiceKeysService {
  constructor(
    private readonly keys: ServiceKeysRepository,
    private readonly secrets: SecretBox,
    private readonly audit: AuditService,
  ) {}

  /** @param by unset for commands */
  async create(name: string, by?: Actor): Promise<NewServiceKey> {
    const accessKeyId = newAccessKeyId();
    const secretAccessKey = randomBytes(SECRET_BYTES).toString('base64');
    const sealedSecret = this.secrets.seal(secretAccessKey, labelOf(accessKeyId));
    const key = await this.keys.insert({ id: randomUUID(), accessKeyId, sealedSecret, name });
    await this.record('service_key.created', key, by);
    return { key, secretAccessKey };
  }

  /** Newest first, revoked ones too. */
  async list(): Promise<ServiceKey[]> {
    return this.keys.findAll();
  }

  /**
   * Closes a key for good, from the next request on.
   * @throws DomainError `service_key.not_found`, `service_key.state_conflict`
   */
  async revoke(id: string, by?: Actor): Promise<ServiceKey> {
    const isRevoked = await this.keys.revoke(id, new Date());
    const key = await this.keys.findById(id);
    if (!key) throw new DomainError('service_key.not_found', 'No service key has this id.');
    if (!isRevoked) {
      throw new DomainError('service_key.state_conflict', 'The key has been revoked already.');
    }
    await this.record('service_key.revoked', key, by);
    return key;
  }

  /** The key that requests name, with its secret; undefined for one that is unknown or revoked. */
  async open(accessKeyId: string): Promise<{ id: string; secretAccessKey: string } | undefined> {
    const key = await this.keys.findOpen(accessKeyId);
    if (!key?.sealedSecret) return undefined;
    const secretAccessKey = this.secrets.open(key.sealedSecret, labelOf(accessKeyId));
    return { id: key.id, secretAccessKey };
  }

  async noteUse(id: string): Promise<void> {
    const now = new Date();
    await this.keys.noteUse(id, now, new Date(now.getTime() - MINUTE_MILLISECONDS));
  }

  private async record(
    action: 'service_key.created' | 'service_key.revoked',
    { id, name, accessKeyId }: ServiceKey,
    by: Actor | undefined,
  ): Promise<void> {
    const details = { service_key_id: id, name, access_key_id: accessKeyId };
    await this.audit.record({ action, by, details });
  }
}

function newAccessKeyId(): string {
  return PREFIX + Array.from(randomBytes(16), (byte) => ALPHABET[byte % 32]).join('');
}

/** A secret can be opened for its own key alone. */
function labelOf(accessKeyId: string): string {
  return `service-key ${accessKeyId}`;
}
