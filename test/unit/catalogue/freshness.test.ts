import { freshFor } from '../../../src/catalogue/caching/freshness.js';

const page = (...statuses: string[]) => ({
  videos: statuses.map((status) => ({
    title: '"status":"pending"',
    status,
    genres: [],
    uploaded_by: null,
  })),
});
const secondsOf = (answer: unknown, seconds: number) => freshFor(JSON.stringify(answer), seconds);

test.each(['ready', 'failed', 'cancelled'])('an answer of titles that are %s stays', (status) => {
  expect(secondsOf(page('ready', status), 900)).toBe(900);
});

test.each(['pending', 'processing'])(
  'one with a title that is %s is soon asked again',
  (status) => {
    expect(secondsOf(page('ready', status), 900)).toBe(2);
    expect(secondsOf({ genres: [{ slug: 'nature', ...page(status) }] }, 900)).toBe(2);
    expect(secondsOf({ status }, 1)).toBe(1);
  },
);

test('what is no title stays', () => {
  expect([null, 'pending', 7, [], {}].map((value) => secondsOf(value, 60))).toEqual(
    Array.from({ length: 5 }, () => 60),
  );
});
