import type { JobName } from '../ports/job-contracts.js';

/** The recurring tasks; a task names a job, so one that does not exist does not compile. */
export const SCHEDULES = [
  { id: 'weekly-export', cron: '0 6 * * 0', job: 'export-video-data' },
] as const satisfies readonly { id: string; cron: string; job: JobName }[];

export type ScheduleId = (typeof SCHEDULES)[number]['id'];
