import { STATUS_CODES } from 'node:http';
import { ERROR_CODES, type ErrorCode } from '../../../src/common/error-codes.js';
import { ProblemSchema, problemOf } from '../../../src/common/problem.js';

/** Of the tus protocol, beside those of HTTP. */
const CHECKSUM_MISMATCH = 460;

const ENTRIES = Object.entries(ERROR_CODES) as [ErrorCode, { status: number; title: string }][];

test.each(ENTRIES)('%s is a part, a dot and a reason, with an error status and a title', (code) => {
  const { status, title } = ERROR_CODES[code];
  expect(code).toMatch(/^[a-z_]+\.[a-z_]+$/);
  if (status !== CHECKSUM_MISMATCH) expect(STATUS_CODES).toHaveProperty(String(status));
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(600);
  expect(title).toMatch(/^[A-Z].*[^.]$/);
});

test('no two codes have the same title', () => {
  expect(new Set(ENTRIES.map(([, { title }]) => title)).size).toBe(ENTRIES.length);
});

test('only faults of ours have a status of 500 and above', () => {
  const ours = ENTRIES.filter(([, { status }]) => status >= 500).map(([code]) => code);
  expect(ours.toSorted()).toEqual(['internal.error', 'service.unavailable', 'storage.full']);
});

test('the problem of every code is what the API promises', () => {
  for (const [code, { status, title }] of ENTRIES) {
    const problem = problemOf(code, 'What happened.', 'request-id');
    expect(problem).toEqual({
      type: 'about:blank',
      title,
      status,
      detail: 'What happened.',
      code,
      request_id: 'request-id',
    });
    expect(ProblemSchema.safeParse(problem).success).toBe(true);
  }
});

test('wrong fields are part of a problem only where there are some', () => {
  const errors = [{ field: 'email', message: 'is wrong' }];
  expect(problemOf('request.invalid', 'Wrong.', 'id', errors).errors).toEqual(errors);
  expect(problemOf('request.invalid', 'Wrong.', 'id')).not.toHaveProperty('errors');
});
