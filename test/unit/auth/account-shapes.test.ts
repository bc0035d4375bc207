import fc from 'fast-check';
import type { z } from 'zod';
import { LinkSchema } from '../../../src/auth/mail-links/mail-links.dto.js';
import {
  ChangePasswordSchema,
  ResetPasswordSchema,
} from '../../../src/auth/passwords/passwords.dto.js';
import { RegisterSchema } from '../../../src/auth/registration/registration.dto.js';
import { LoginSchema, RefreshSchema } from '../../../src/auth/sign-in/sign-in.dto.js';
import { EmailField, UsernameField } from '../../../src/users/user.dto.js';

const SCHEMAS: [string, z.ZodType][] = [
  ['a registration', RegisterSchema],
  ['a sign-in', LoginSchema],
  ['a refresh', RefreshSchema],
  ['a mailed link', LinkSchema],
  ['a new password', ResetPasswordSchema],
  ['a change of password', ChangePasswordSchema],
];

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress(), fc.uuid());
const field = fc.constantFrom('email', 'username', 'password', 'uid', 'token', 'code', '__proto__');
const body = fc.oneof(fc.jsonValue(), fc.dictionary(field, fc.oneof(text, fc.jsonValue())));

test.each(SCHEMAS)('%s is taken or refused with fields named, whatever it is', (_, schema) => {
  fc.assert(
    fc.property(body, (value) => {
      const { success, error } = schema.safeParse(value);
      expect(success).toBe(error === undefined);
      if (error) expect(error.issues.length).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});

test.each(SCHEMAS)('%s has no room for fields nobody knows', (_, schema) => {
  const result = schema.safeParse({ role: 'superuser', is_active: true });
  const unknown = result.error?.issues.find(({ code }) => code === 'unrecognized_keys');
  expect(unknown).toMatchObject({ keys: ['role', 'is_active'] });
});

test('a username is what fits into an address, and never looks like a mail address', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (name) => {
      if (!UsernameField.safeParse(name).success) return;
      expect(name).not.toMatch(/[@\s/\\<>"'\0]/);
      const characters = Array.from(name).length;
      expect(characters).toBeGreaterThanOrEqual(3);
      expect(characters).toBeLessThanOrEqual(40);
    }),
    { numRuns: 2000 },
  );
});

test('an e-mail address has one line, one @ that counts, and at most 254 characters', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.emailAddress()), (address) => {
      if (!EmailField.safeParse(address).success) return;
      expect(address).toMatch(/^[^\s@]+@[^\s@]+\.[^\s@]+$/);
      expect(address.length).toBeLessThanOrEqual(254);
    }),
    { numRuns: 2000 },
  );
});

test.each(['ada@example.org', 'ada+films@mail.example.co.uk', "o'brien@example.org"])(
  '%s is an address',
  (address) => {
    expect(EmailField.safeParse(address).success).toBe(true);
  },
);

test.each([
  'ada',
  'ada@',
  '@example.org',
  'ada@example',
  'ada@example.org\r\nBcc: eve@example.org',
])('%j is none', (address) => {
  expect(EmailField.safeParse(address).success).toBe(false);
});
