import { ENTERED_FROM, VIDEO_STATUSES } from '../../../src/catalogue/video-status.js';

test('every status can be reached from a new video', () => {
  const reached = new Set(['pending']);
  for (let before = 0; before < reached.size;) {
    before = reached.size;
    for (const status of VIDEO_STATUSES) {
      if (ENTERED_FROM[status].some((from) => reached.has(from))) reached.add(status);
    }
  }
  expect([...reached].toSorted()).toEqual([...VIDEO_STATUSES].toSorted());
});

test('a video is ready or failed only after it was on its way', () => {
  for (const end of ['ready', 'failed', 'cancelled'] as const) {
    expect(ENTERED_FROM[end]).toContain('processing');
    for (const other of ['ready', 'failed', 'cancelled'] as const) {
      expect(ENTERED_FROM[end]).not.toContain(other);
    }
  }
});

test('what is ready stays ready, and what ended otherwise may be tried again', () => {
  const leadsOut = VIDEO_STATUSES.filter((status) => ENTERED_FROM[status].includes('ready'));
  expect(leadsOut).toEqual([]);
  expect([...ENTERED_FROM.pending].toSorted()).toEqual(['cancelled', 'failed']);
});
