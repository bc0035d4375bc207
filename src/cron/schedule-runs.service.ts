import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { ScheduleRun } from './schedule-run.entity.js';
import type { ScheduleId } from './schedules.js';

/** Keeps a record of every run of a scheduled task. */
@Injectable()
export class ScheduleRunsService {
  constructor(@InjectRepository(ScheduleRun) private readonly runs: Repository<ScheduleRun>) {}

  /** Runs a task and records how it ended; `run` returns one line for the record. */
  async record(schedule: ScheduleId, run: () => Promise<string>): Promise<void> {
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
