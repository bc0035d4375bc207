import { SCHEDULES } from '../../../src/cron/schedules.js';
import { JOB_CONTRACTS } from '../../../src/ports/job-contracts.js';

test('every schedule has an id of its own and a job that needs no payload', () => {
  const ids: string[] = SCHEDULES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { job } of SCHEDULES) expect(JOB_CONTRACTS[job].payload.parse({})).toEqual({});
});

test('the database is exported on Sundays at six', () => {
  expect(SCHEDULES).toContainEqual({
    id: 'weekly-export',
    cron: '0 6 * * 0',
    job: 'export-video-data',
  });
});
