import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Repository } from 'typeorm';
import { Rendition } from './rendition.entity.js';
import { Revision } from './revision.entity.js';

/** All SQL about revisions and their renditions. */
@Injectable()
export class RevisionsRepository {
  constructor(
    @InjectRepository(Revision) private readonly revisions: Repository<Revision>,
    @InjectRepository(Rendition) private readonly renditions: Repository<Rendition>,
  ) {}

  async findById(id: string): Promise<Revision | null> {
    return this.revisions.findOneBy({ id });
  }

  async findNewest(videoId: string): Promise<Revision | null> {
    return this.revisions.findOne({ where: { videoId }, order: { createdAt: 'DESC' } });
  }

  async findRenditions(revisionId: string): Promise<Rendition[]> {
    return this.renditions.find({
      where: { revisionId },
      order: { kind: 'DESC', height: 'DESC', name: 'ASC' },
    });
  }

  async findNewestRenditions(videoId: string): Promise<Rendition[]> {
    const revision = await this.findNewest(videoId);
    return revision ? this.findRenditions(revision.id) : [];
  }

  async update(id: string, changes: Partial<Omit<Revision, 'id'>>): Promise<void> {
    // A jsonb column takes any JSON, but TypeORM's partial types follow it key by key.
    await this.revisions.save({ id, ...changes });
  }

  /** Gives a revision up: none of its renditions is there any more. */
  async withdraw(id: string, renditions: 'pending' | 'failed'): Promise<void> {
    await this.revisions.update({ id, status: 'building' }, { status: 'failed' });
    await this.renditions.update({ revisionId: id }, { status: renditions });
  }

  async upsertRenditions(renditions: readonly Partial<Rendition>[]): Promise<void> {
    await this.renditions.upsert([...renditions], ['revisionId', 'name']);
  }

  async updateRenditions(
    revisionId: string,
    names: readonly string[],
    changes: Partial<Rendition>,
  ): Promise<void> {
    await this.renditions.update({ revisionId, name: In([...names]) }, changes);
  }
}
