import { randomBytes, randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import {
  newRecoveryCodes,
  normalizeRecoveryCode,
} from '../../../src/auth/second-factor/recovery-codes.js';
import { SecondFactorCodes } from '../../../src/auth/second-factor/second-factor-codes.js';
import { SecondFactorService } from '../../../src/auth/second-factor/second-factor.service.js';
import { newTotpSecret, otpauthUrl, timeStepOf } from '../../../src/auth/second-factor/totp.js';
import { SecretBox } from '../../../src/common/secret-box.js';

/** The secret of RFC 6238's appendix B, whose codes have eight digits there: ours are the last six. */
const RFC_SECRET = Secret.fromLatin1('12345678901234567890').base32;

describe('a time-based code', () => {
  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('of RFC 6238 at %i seconds is %s', (seconds, code) => {
    expect(timeStepOf(RFC_SECRET, code, seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  test.each([
    [-61_000, undefined],
    [-30_000, 41_152_263],
    [0, 41_152_263],
    [29_000, 41_152_263],
    [30_000, 41_152_263],
    [60_000, undefined],
  ])('brought %i ms from the start of its time step is known as %s', (offset, timeStep) => {
    expect(timeStepOf(RFC_SECRET, '005924', 1_234_567_890_000 + offset)).toBe(timeStep);
  });

  test.each([
    '',
    '05924',
    '0005924',
    '００５９２４',
    '00592４',
    ' 05924',
    '5924',
    '-05924',
    '5.9e24',
  ])('is six digits and nothing else: not %j', (code) => {
    expect(timeStepOf(RFC_SECRET, code, 1_234_567_890_000)).toBeUndefined();
  });

  test('is made from 160 random bits, in an address that authenticators read', () => {
    const secret = newTotpSecret();
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(newTotpSecret()).not.toBe(secret);
    expect(otpauthUrl(secret, 'ada@example.org')).toBe(
      `otpauth://totp/Videoflix:ada%40example.org?issuer=Videoflix&secret=${secret}` +
        '&algorithm=SHA1&digits=6&period=30',
    );
  });
});

describe('recovery codes', () => {
  test('are ten, all different, without letters that look alike', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/);
  });

  test.each(['4kx2p-9dh01', '4KX2P-9DH01', '4kx2p9dh01', ' 4kx2p 9dhol ', '4KX2P-9DHOI'])(
    'are read as they were meant: %j',
    (text) => {
      expect(normalizeRecoveryCode(text)).toBe('4kx2p9dh01');
    },
  );
});

describe('what is stored', () => {
  const ada = randomUUID();
  const bob = randomUUID();

  test('of a secret opens for its owner only', () => {
    const codes = codesOf();
    const { secret, sealedSecret } = codes.newSecret(ada);
    expect(sealedSecret.includes(secret)).toBe(false);
    const code = new TOTP({ secret }).generate();
    expect(codes.timeStepOf({ userId: ada, sealedSecret }, code)).toBeGreaterThan(0);
    // What cannot be read is logged, and no code is right.
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation();
    expect(codes.timeStepOf({ userId: bob, sealedSecret }, code)).toBeUndefined();
    expect(codesOf().timeStepOf({ userId: ada, sealedSecret }, code)).toBeUndefined();
    expect(logged.mock.calls).toEqual([
      [expect.stringContaining(bob)],
      [expect.stringMatching(/another secret now\. The command reset-second-factor/)],
    ]);
    logged.mockRestore();
  });

  test('of a recovery code depends on its owner and on the key of this installation', () => {
    const codes = codesOf();
    const hash = codes.recoveryCodeHash(ada, '4kx2p-9dh01');
    expect(codes.recoveryCodeHash(ada, '4KX2P9DHOI')).toEqual(hash);
    expect(codes.recoveryCodeHash(bob, '4kx2p-9dh01')).not.toEqual(hash);
    expect(codesOf().recoveryCodeHash(ada, '4kx2p-9dh01')).not.toEqual(hash);
  });

  test('can be asked for any text', () => {
    const codes = codesOf();
    const { sealedSecret } = codes.newSecret(ada);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        codes.timeStepOf({ userId: ada, sealedSecret }, text);
        return codes.recoveryCodeHash(ada, text).length === 32;
      }),
    );
  });
});

describe('whether a second factor is missing', () => {
  const id = randomUUID();

  test.each([
    ['optional', 'viewer'],
    ['optional', 'staff'],
    ['optional', 'superuser'],
    ['required', 'viewer'],
  ] as const)('is known without a query where it is %s for a %s', async (setting, role) => {
    expect(await serviceOf(setting).isMissing({ id, role }, 'password')).toBe(false);
  });

  test('is known without a query where somebody signed in with a passkey', async () => {
    expect(await serviceOf('required').isMissing({ id, role: 'staff' }, 'passkey')).toBe(false);
  });

  test.each(['staff', 'superuser'] as const)(
    'is looked up where it is required of %s',
    async (role) => {
      await expect(serviceOf('required').isMissing({ id, role }, 'password')).rejects.toThrow(
        'a query',
      );
    },
  );
});

/** The service where every query is an error. */
function serviceOf(staffSecondFactor: 'optional' | 'required'): SecondFactorService {
  const queries = new Proxy({}, { get: () => () => Promise.reject(new Error('a query')) });
  const config = { staffSecondFactor };
  return new SecondFactorService(
    ...([queries, codesOf(), queries, queries, config] as ConstructorParameters<
      typeof SecondFactorService
    >),
  );
}

function codesOf(): SecondFactorCodes {
  const key = randomBytes(32);
  return new SecondFactorCodes(new SecretBox(key), { key: () => key });
}
