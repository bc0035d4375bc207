import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { Passkey } from './passkey.entity.js';

/** A credential that a browser has just made. */
export type NewPasskey = Pick<
  Passkey,
  'userId' | 'name' | 'credentialId' | 'publicKey' | 'counter' | 'transports' | 'isSynced'
>;

/** The passkeys people have. */
@Injectable()
export class PasskeysService {
  constructor(@InjectRepository(Passkey) private readonly passkeys: Repository<Passkey>) {}

  /** Oldest first. */
  async list(userId: string): Promise<Passkey[]> {
    return this.passkeys.find({ where: { userId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  async count(userId: string, manager = this.passkeys.manager): Promise<number> {
    return manager.countBy(Passkey, { userId });
  }

  /** @param credentialId base64url */
  async findByCredential(credentialId: string): Promise<Passkey | null> {
    return this.passkeys.findOneBy({ credentialId });
  }

  /** Undefined when somebody has this credential already. */
  async add(passkey: NewPasskey, manager: EntityManager): Promise<Passkey | undefined> {
    const insertion = manager.createQueryBuilder().insert().into(Passkey).values(passkey);
    const rows = (await insertion.orIgnore().returning('id').execute()).raw as Pick<
      Passkey,
      'id'
    >[];
    const added = rows.at(0);
    return added && manager.findOneByOrFail(Passkey, { id: added.id });
  }

  /** Notes a signature. False when another one was noted in the meantime. */
  async noteUse(
    { id, counter: known }: Passkey,
    { counter, isSynced }: Pick<Passkey, 'counter' | 'isSynced'>,
  ): Promise<boolean> {
    const { affected } = await this.passkeys.update(
      { id, counter: known },
      { counter, isSynced, lastUsedAt: new Date() },
    );
    return affected === 1;
  }

  /** The passkey that is gone now; undefined when the user has none with this id. */
  async remove(userId: string, id: string, manager: EntityManager): Promise<Passkey | undefined> {
    const passkey = await manager.findOneBy(Passkey, { id, userId });
    const { affected } = await manager.delete(Passkey, { id, userId });
    return passkey && affected === 1 ? passkey : undefined;
  }

  /** Returns how many there were. */
  async removeAll(userId: string, manager: EntityManager): Promise<number> {
    const { affected } = await manager.delete(Passkey, { userId });
    return affected ?? 0;
  }
}
