import { JOB_CONTRACTS, QUEUE_NAMES, type JobName } from '../../../src/ports/job-contracts.js';

const id = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';
const revision = { video_id: id, revision_id: id };

const RIGHT: Record<JobName, object> = {
  prepare: revision,
  'encode-first': { ...revision, run_id: 'first' },
  encode: { ...revision, run_id: 'main' },
  package: revision,
  publish: revision,
  'demo-clip': { slug: 'tidewater' },
  'send-mail': { mail_id: id },
  'mail-link': { purpose: 'activation', email: 'anna@example.com' },
  'remove-demo-guests': {},
  'erase-accounts': {},
  'clear-expired': {},
  'sweep-uploads': {},
  'purge-deleted-videos': {},
  'release-spent-sources': {},
  'refresh-trends': {},
  'export-video-data': {},
};
const names = Object.keys(JOB_CONTRACTS) as JobName[];

test.each(names)('%s is tried more than once, in a queue that is consumed', (name) => {
  const { queue, attempts } = JOB_CONTRACTS[name];
  expect(QUEUE_NAMES).toContain(queue);
  expect(attempts).toBeGreaterThan(1);
});

test.each(names)('%s takes the payload it is meant for', (name) => {
  expect(JOB_CONTRACTS[name].payload.parse(RIGHT[name])).toEqual(RIGHT[name]);
});

test.each<[JobName, unknown]>([
  ['prepare', { video_id: '../secret', revision_id: id }],
  ['prepare', { video_id: id }],
  ['encode', revision],
  ['demo-clip', { slug: 7 }],
  ['send-mail', { mail_id: '' }],
  ['mail-link', { purpose: 'curiosity', email: 'anna@example.com' }],
  ['export-video-data', undefined],
])('%s refuses %j', (name, payload) => {
  expect(JOB_CONTRACTS[name].payload.safeParse(payload).success).toBe(false);
});

test('encodes have a queue in which no mail waits behind them', () => {
  expect(JOB_CONTRACTS['send-mail'].queue).not.toBe(JOB_CONTRACTS.encode.queue);
});
