import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ScheduleRun } from './schedule-run.entity.js';
import { ScheduleRunsService } from './schedule-runs.service.js';
import { SchedulerService, ScheduleTimeZone } from './scheduler.service.js';

/** The record of scheduled runs; on a scheduler also what installs the schedules. */
@Module({})
export class CronModule {
  static for({ timeZone, scheduler }: { timeZone: string; scheduler: boolean }): DynamicModule {
    return {
      module: CronModule,
      imports: [TypeOrmModule.forFeature([ScheduleRun])],
      providers: [
        ScheduleRunsService,
        { provide: ScheduleTimeZone, useFactory: () => new ScheduleTimeZone(timeZone) },
        ...(scheduler ? [SchedulerService] : []),
      ],
      exports: [ScheduleRunsService],
    };
  }
}
