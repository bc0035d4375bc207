import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { JobQueue } from '../ports/job-queue.js';
import { SCHEDULES } from './schedules.js';

/** The time zone in which the schedules' hours are meant. */
export class ScheduleTimeZone {
  constructor(readonly name: string) {}
}

/** Installs the schedules in the queue, which fires each occurrence once for all replicas. */
@Injectable()
export class SchedulerService implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: JobQueue,
    private readonly timeZone: ScheduleTimeZone,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const { id, cron, job } of SCHEDULES) {
      await this.jobs.schedule({ id, cron, timeZone: this.timeZone.name, job, payload: {} });
    }
  }
}
