import { performance } from 'node:perf_hooks';
import { PasswordsService } from '../../../src/auth/passwords/passwords.service.js';
import { DomainError } from '../../../src/common/domain-error.js';
import { loadConfig } from '../../../src/config/config.js';

const PASSWORD = 'correct horse battery staple';

const passwords = passwordsWith({});

test('a password is kept as Argon2id with at least 19 MiB and two passes', async () => {
  const hash = await passwords.hash(PASSWORD);
  expect(hash).toMatch(/^\$argon2id\$v=19\$/);
  const parameter = (name: string) => Number(new RegExp(`[$,]${name}=(\\d+)`).exec(hash)?.[1]);
  expect(parameter('m')).toBeGreaterThanOrEqual(19 * 1024);
  expect(parameter('t')).toBeGreaterThanOrEqual(2);
  expect(hash).not.toContain(PASSWORD);
  expect(await passwords.hash(PASSWORD)).not.toBe(hash);
});

test('only the right password matches, to the letter', async () => {
  const hash = await passwords.hash(PASSWORD);
  expect(await passwords.matches(hash, PASSWORD)).toBe(true);
  for (const wrong of ['', ` ${PASSWORD}`, PASSWORD.toUpperCase(), `${PASSWORD}\0`]) {
    expect([wrong, await passwords.matches(hash, wrong)]).toEqual([wrong, false]);
  }
});

test('nothing matches an account that does not exist, and finding out takes as long', async () => {
  const hash = await passwords.hash(PASSWORD);
  expect(await passwords.matches(undefined, PASSWORD)).toBe(false);
  const timeOf = async (passwordHash: string | undefined) => {
    const start = performance.now();
    await passwords.matches(passwordHash, 'wrong');
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

test('a decoy that could not be made is made at the next try', async () => {
  const fresh = passwordsWith({});
  const failing = jest.spyOn(fresh, 'hashOfNone').mockRejectedValueOnce(new Error('no memory'));
  await expect(fresh.matches(undefined, PASSWORD)).rejects.toThrow('no memory');
  expect(await fresh.matches(undefined, PASSWORD)).toBe(false);
  expect(failing).toHaveBeenCalledTimes(2);
});

test('nobody knows the password of a hash of none', async () => {
  const hash = await passwords.hashOfNone();
  expect(await passwords.hashOfNone()).not.toBe(hash);
  expect(await passwords.matches(hash, '')).toBe(false);
});

test.each([
  ['ARGON2_MEMORY_KIB', '24000'],
  ['ARGON2_ITERATIONS', '3'],
  ['ARGON2_PARALLELISM', '2'],
])('a hash is outdated when %s has risen, and not when it has fallen', async (name, value) => {
  const stronger = passwordsWith({ [name]: value });
  const [weak, strong] = [await passwords.hash(PASSWORD), await stronger.hash(PASSWORD)];
  expect(stronger.isOutdated(weak)).toBe(true);
  expect(stronger.isOutdated(strong)).toBe(false);
  expect(passwords.isOutdated(strong)).toBe(false);
  expect(await passwords.matches(strong, PASSWORD)).toBe(true);
});

test('a weak password is refused with every rule it breaks, and the field it was in', async () => {
  const refusal = await passwords
    .choose('1234', {}, 'new_password')
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DomainError);
  const { code, errors = [] } = refusal as DomainError;
  expect(code).toBe('auth.weak_password');
  expect(errors.length).toBeGreaterThanOrEqual(3);
  expect([...new Set(errors.map(({ field }) => field))]).toEqual(['new_password']);
  await expect(passwords.choose(PASSWORD, {}, 'password')).resolves.toMatch(/^\$argon2id/);
});

function passwordsWith(settings: Record<string, string>): PasswordsService {
  return new PasswordsService(loadConfig(settings).accounts);
}
