import type { JobName } from '../ports/job-contracts.js';

/** The recurring tasks; a task names a job, so one that does not exist does not compile. */
export const SCHEDULES = [
  { id: 'clear-expired', cron: '30 4 * * *', job: 'clear-expired' },
  { id: 'erase-accounts', cron: '15 * * * *', job: 'erase-accounts' },
  { id: 'purge-deleted-videos', cron: '25 * * * *', job: 'purge-deleted-videos' },
  { id: 'refresh-trends', cron: '*/5 * * * *', job: 'refresh-trends' },
  { id: 'release-spent-sources', cron: '35 * * * *', job: 'release-spent-sources' },
  { id: 'remove-demo-guests', cron: '45 * * * *', job: 'remove-demo-guests' },
  { id: 'sweep-uploads', cron: '5 * * * *', job: 'sweep-uploads' },
  { id: 'weekly-export', cron: '0 6 * * 0', job: 'export-video-data' },
] as const satisfies readonly { id: string; cron: string; job: JobName }[];

export type ScheduleId = (typeof SCHEDULES)[number]['id'];
