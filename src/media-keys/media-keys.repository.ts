import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { MediaKey } from './media-key.entity.js';

type NewKey = Pick<MediaKey, 'id' | 'sealedSecret' | 'signsFrom' | 'voidsOlder'>;

/** All SQL about keys of media links. */
@Injectable()
export class MediaKeysRepository {
  constructor(@InjectRepository(MediaKey) private readonly keys: Repository<MediaKey>) {}

  /** In the order in which they were made. */
  async findAll(): Promise<MediaKey[]> {
    return this.keys.find({ order: { createdAt: 'ASC', signsFrom: 'ASC' } });
  }

  /**
   * Fails when the number is taken. Answers that are kept hold links: they end with the catalogue's
   * generation where the links do.
   */
  async insert(key: NewKey): Promise<void> {
    await this.keys.insert(key);
    if (key.voidsOlder) await this.keys.query("SELECT nextval('catalogue_generation')");
  }

  async remove(ids: readonly number[]): Promise<void> {
    if (ids.length > 0) await this.keys.delete({ id: In([...ids]) });
  }
}
