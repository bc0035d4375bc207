import { performance } from 'node:perf_hooks';
import { NewPasswordSchema } from '../../../src/auth/auth.dto.js';
import {
  hashOpaqueToken,
  matchesOpaqueToken,
  newOpaqueToken,
} from '../../../src/auth/opaque-token.js';
import { hashPassword, verifyPassword } from '../../../src/auth/passwords.js';

const PASSWORD = 'correct horse battery staple';

test('a password is kept as Argon2id with at least 19 MiB and two passes', async () => {
  const hash = await hashPassword(PASSWORD);
  expect(hash).toMatch(/^\$argon2id\$v=19\$/);
  const parameter = (name: string) => Number(new RegExp(`[$,]${name}=(\\d+)`).exec(hash)?.[1]);
  expect(parameter('m')).toBeGreaterThanOrEqual(19 * 1024);
  expect(parameter('t')).toBeGreaterThanOrEqual(2);
  expect(hash).not.toContain(PASSWORD);
  expect(await hashPassword(PASSWORD)).not.toBe(hash);
});

test('only the right password matches, to the letter', async () => {
  const hash = await hashPassword(PASSWORD);
  expect(await verifyPassword(hash, PASSWORD)).toBe(true);
  for (const wrong of ['', ` ${PASSWORD}`, PASSWORD.toUpperCase(), `${PASSWORD}\0`]) {
    expect([wrong, await verifyPassword(hash, wrong)]).toEqual([wrong, false]);
  }
});

test('nothing matches an account that does not exist, and finding out takes as long', async () => {
  const hash = await hashPassword(PASSWORD);
  expect(await verifyPassword(undefined, 'nobody has this password')).toBe(false);
  const timeOf = async (passwordHash: string | undefined) => {
    const start = performance.now();
    await verifyPassword(passwordHash, 'wrong');
    return performance.now() - start;
  };
  let [known, unknown] = [Infinity, Infinity];
  for (let round = 0; round < 7; round += 1) {
    known = Math.min(known, await timeOf(hash));
    unknown = Math.min(unknown, await timeOf(undefined));
  }
  expect(unknown / known).toBeGreaterThan(0.4);
  expect(unknown / known).toBeLessThan(2.5);
});

test('a new password has 8 to 256 characters of any kind', () => {
  for (const password of ['1234567', '', 'x'.repeat(257)]) {
    expect([password, NewPasswordSchema.safeParse(password).success]).toEqual([password, false]);
  }
  for (const password of ['12345678', 'пароль и 🔑', ' '.repeat(8), 'x'.repeat(256)]) {
    expect([password, NewPasswordSchema.safeParse(password).success]).toEqual([password, true]);
  }
});

test('a token is 256 random bits, and only its hash is kept', () => {
  const token = newOpaqueToken();
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(newOpaqueToken()).not.toBe(token);
  const hash = hashOpaqueToken(token);
  expect(matchesOpaqueToken(hash, token)).toBe(true);
  for (const other of ['', newOpaqueToken(), `${token}=`, hash.toString('base64url')]) {
    expect(matchesOpaqueToken(hash, other)).toBe(false);
  }
});
