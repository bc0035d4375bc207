import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, Repository } from 'typeorm';
import { ServiceKey } from './service-key.entity.js';

/** All SQL about service keys. */
@Injectable()
export class ServiceKeysRepository {
  constructor(@InjectRepository(ServiceKey) private readonly keys: Repository<ServiceKey>) {}

  async insert(key: Pick<ServiceKey, 'id' | 'accessKeyId' | 'sealedSecret' | 'name'>) {
    await this.keys.insert(key);
    return this.keys.findOneByOrFail({ id: key.id });
  }

  /** Newest first, revoked ones too. */
  async findAll(): Promise<ServiceKey[]> {
    return this.keys.find({ order: { createdAt: 'DESC', id: 'ASC' } });
  }

  async findById(id: string): Promise<ServiceKey | null> {
    return this.keys.findOneBy({ id });
  }

  async findOpen(accessKeyId: string): Promise<ServiceKey | null> {
    return this.keys.findOneBy({ accessKeyId, revokedAt: IsNull() });
  }

  /** False when it was revoked before, or is not there. */
  async revoke(id: string, at: Date): Promise<boolean> {
    const open = { id, revokedAt: IsNull() };
    const { affected } = await this.keys.update(open, { revokedAt: at, sealedSecret: null });
    return affected === 1;
  }

  /** Notes a use, unless one was noted since `before`. */
  async noteUse(id: string, at: Date, before: Date): Promise<void> {
    const stale = [
      { id, lastUsedAt: IsNull() },
      { id, lastUsedAt: LessThan(before) },
    ];
    if (await this.keys.exists({ where: stale })) await this.keys.update(id, { lastUsedAt: at });
  }
}
