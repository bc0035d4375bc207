import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type SelectQueryBuilder } from 'typeorm';
import { ReuseJob } from './reuse-job.entity.js';

/** All SQL about jobs. Those of deleted videos are left aside, except where all of somebody's are asked for. */
@Injectable()
export class ReuseJobsRepository {
  constructor(@InjectRepository(ReuseJob) private readonly jobs: Repository<ReuseJob>) {}

  /** One page, the newest first, and how many there are. */
  async findPage(ownerId: string, page: number, pageSize: number): Promise<[ReuseJob[], number]> {
    return this.jobsOf(ownerId)
      .orderBy('job.createdAt', 'DESC')
      .addOrderBy('job.videoId', 'DESC')
      .offset((page - 1) * pageSize)
      .limit(pageSize)
      .getManyAndCount();
  }

  /** Also those of deleted videos; the oldest first. */
  async findAllOf(ownerId: string): Promise<ReuseJob[]> {
    return this.jobs.find({ where: { ownerId }, order: { createdAt: 'ASC', videoId: 'ASC' } });
  }

  async findOwn(videoId: string, ownerId: string): Promise<ReuseJob | null> {
    return this.jobsOf(ownerId).andWhere('job.videoId = :videoId', { videoId }).getOne();
  }

  private jobsOf(ownerId: string): SelectQueryBuilder<ReuseJob> {
    return this.jobs
      .createQueryBuilder('job')
      .innerJoinAndSelect('job.video', 'video')
      .where('job.ownerId = :ownerId', { ownerId });
  }
}
