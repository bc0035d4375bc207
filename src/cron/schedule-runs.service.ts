import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
import { ScheduleRun } from './schedule-run.entity.js';
import type { ScheduleId } from './schedules.js';

/** How long a run is remembered. */
const KEPT_MILLISECONDS = 90 * 86_400_000;

/** Keeps a record of every run of a scheduled task. */
@Injectable()
export class ScheduleRunsService {
  constructor(@InjectRepository(ScheduleRun) private readonly runs: Repository<ScheduleRun>) {}

  /** Runs a task and records how it ended; `run` returns one line for the record. */
  async record(schedule: ScheduleId, run: () => Promise<string>): Promise<void> {
    const forgotten = LessThan(new Date(Date.now() - KEPT_MILLISECONDS));
    await this.runs.delete({ schedule, startedAt: forgotten });
    const { id } = await this.runs.save(this.runs.create({ schedule, outcome: 'running' }));
    try {
      const detail = await run();
      await this.runs.update(id, { outcome: 'succeeded', detail, finishedAt: new Date() });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      await this.runs.update(id, { outcome: 'failed', detail, finishedAt: new Date() });
      throw error;
    }
  }
}
