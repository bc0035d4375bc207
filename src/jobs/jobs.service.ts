import { Injectable } from '@nestjs/common';
import { ReuseJobsService, type JobWithVideo } from '../catalogue/sources/reuse-jobs.service.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { pageFields } from '../common/pagination.js';
import { ControlService } from '../pipeline/control.service.js';
import { JobCreation } from './job-creation.service.js';
import { toJobDto, type JobDto, type JobListQuery, type NewJob } from './jobs.dto.js';

/** One's own jobs, each of which stands where its video does; other people's are not found. */
@Injectable()
export class JobsService {
  constructor(
    private readonly jobs: ReuseJobsService,
    private readonly creation: JobCreation,
    private readonly control: ControlService,
  ) {}

  async create(viewer: Viewer, request: NewJob): Promise<JobDto> {
    return this.get(await this.creation.create(viewer.id, request), viewer);
  }

  async list({ id }: Viewer, { page, page_size: pageSize }: JobListQuery) {
    const [jobs, totalCount] = await this.jobs.list(id, page, pageSize);
    return { jobs: jobs.map(toJobDto), ...pageFields(totalCount, page, pageSize) };
  }

  /** @throws DomainError `job.not_found` */
  async get(id: string, viewer: Viewer): Promise<JobDto> {
    return toJobDto(await this.find(id, viewer));
  }

  /** @throws DomainError `job.not_found`, `video.state_conflict` */
  async retry(id: string, viewer: Viewer): Promise<JobDto> {
    await this.find(id, viewer);
    await this.control.retry(id, viewer);
    return this.get(id, viewer);
  }

  /** @throws DomainError `job.not_found`, `video.state_conflict` */
  async cancel(id: string, viewer: Viewer): Promise<JobDto> {
    await this.find(id, viewer);
    await this.control.cancel(id, viewer);
    return this.get(id, viewer);
  }

  private async find(id: string, viewer: Viewer): Promise<JobWithVideo> {
    const job = await this.jobs.find(id, viewer.id);
    if (!job) throw new DomainError('job.not_found', 'None of your jobs has this id.');
    return job;
  }
}
