import { randomUUID } from 'node:crypto';
import { KnownTokens } from '../../../src/auth/sessions/known-tokens.js';
import { setClock } from '../../support/clock.js';

const MINUTES = 30;
const claims = {
  sub: randomUUID(),
  sid: randomUUID(),
  exp: Date.parse('2026-03-08T12:00:00Z') / 1000 + MINUTES * 60,
};

afterEach(() => {
  jest.useRealTimers();
});

test('a token is known until it expires, and no other one with it', () => {
  setClock('2026-03-08T12:00:00Z');
  const tokens = new KnownTokens();
  tokens.remember('header.payload.signature', claims);
  expect(tokens.find('header.payload.signature')).toEqual(claims);
  expect(tokens.find('header.payload.Signature')).toBeUndefined();
  expect(tokens.find('')).toBeUndefined();
  setClock('2026-03-08T12:29:59Z');
  expect(tokens.find('header.payload.signature')).toEqual(claims);
  setClock('2026-03-08T12:30:00Z');
  expect(tokens.find('header.payload.signature')).toBeUndefined();
});
