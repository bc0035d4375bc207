import { Injectable } from '@nestjs/common';
import type { Video } from '../video.entity.js';
import type { ReuseJob } from './reuse-job.entity.js';
import { ReuseJobsRepository } from './reuse-jobs.repository.js';

/** A job with the video it makes. */
export type JobWithVideo = ReuseJob & { video: Video };

/** The videos that people have made of sources they had uploaded before. */
@Injectable()
export class ReuseJobsService {
  constructor(private readonly jobs: ReuseJobsRepository) {}

  async list(ownerId: string, page: number, pageSize: number): Promise<[JobWithVideo[], number]> {
    const [jobs, totalCount] = await this.jobs.findPage(ownerId, page, pageSize);
    return [jobs.filter(hasVideo), totalCount];
  }

  /** Everything that one user has asked for, the oldest first. */
  async listAll(ownerId: string): Promise<ReuseJob[]> {
    return this.jobs.findAllOf(ownerId);
  }

  /** Undefined when there is none, or it is somebody else's. */
  async find(videoId: string, ownerId: string): Promise<JobWithVideo | undefined> {
    const job = await this.jobs.findOwn(videoId, ownerId);
    return job && hasVideo(job) ? job : undefined;
  }
}

function hasVideo(job: ReuseJob): job is JobWithVideo {
  return job.video !== undefined;
}
