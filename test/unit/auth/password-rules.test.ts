import { dictionary } from '@zxcvbn-ts/language-common';
import fc from 'fast-check';
import { passwordFaults, type PasswordOwner } from '../../../src/auth/passwords/password-rules.js';
import { codePointsOf, greatestRatio, quickRatio } from '../../../src/auth/passwords/similarity.js';
import { growth } from '../../support/growth.js';

const ADA = { email: 'ada.lovelace@example.org', username: 'countess_ada', name: 'Ada Lovelace' };

const SHORT = 'must have at least 8 characters';
const COMMON = 'is too common';
const DIGITS = 'must not be all digits';
const similarTo = (what: string) => `is too similar to the ${what}`;

describe('a password', () => {
  test.each<[string, string[]]>([
    ['correct horse battery staple', []],
    ['vT9#kq2!', []],
    ['пароль и 🔑', []],
    ['', [SHORT]],
    ['vT9#kq2', [SHORT]],
    ['🔑🔑🔑🔑', [SHORT]],
    ['🔑🔒🗝️🚪🪟🧱🏠', []],
    ['password', [COMMON]],
    ['PassWord', [COMMON]],
    [' iloveyou\n', [COMMON]],
    ['dragon', [SHORT, COMMON]],
    ['12345678', [COMMON, DIGITS]],
    ['4711', [SHORT, DIGITS]],
    ['94837261508', [DIGITS]],
    ['٩٤٨٣٧٢٦١٥٠٨', [DIGITS]],
    ['948372615-08', []],
    ['ada.lovelace@example.org', [similarTo('e-mail address')]],
    ['ADA.LOVELACE', [similarTo('e-mail address')]],
    ['lovelace1815', [similarTo('e-mail address')]],
    ['ecalevol', [similarTo('e-mail address')]],
    ['example.org', [similarTo('e-mail address')]],
    ['countess_ada!', [similarTo('username')]],
    ['Lovelace, Ada: 1815-12-10', []],
    ['Lovelace went to London', []],
  ])('%j: %j', (password, faults) => {
    expect(passwordFaults(password, ADA)).toEqual(faults);
  });

  test('is compared with the name where nothing else gives it away', () => {
    const owner = { ...ADA, email: 'x@example.org', username: null };
    expect(passwordFaults('AdaLovelace', owner)).toEqual([similarTo('name')]);
    expect(passwordFaults('lovelace', owner)).toEqual([similarTo('name')]);
  });

  test('is compared with nothing when nothing is known', () => {
    expect(passwordFaults('ada lovelace', {})).toEqual([]);
    expect(passwordFaults('ada lovelace', { email: '', username: null, name: '' })).toEqual([]);
  });

  test('is refused from a similarity of seven tenths on, as in Django', () => {
    expect(passwordFaults('abcdefgxyz', { username: 'abcdefg123' })).toEqual([
      similarTo('username'),
    ]);
    expect(passwordFaults('abcdefwxyz', { username: 'abcdefg123' })).toEqual([]);
  });
});

const COMMON_PASSWORDS = dictionary['passwords-common'].slice(0, 20_000);
const text = fc.string({ unit: 'binary', maxLength: 300 });
const letters = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...codePointsOf(alphabet)), minLength, maxLength });
const owner: fc.Arbitrary<PasswordOwner> = fc.record(
  { email: text, username: fc.option(text), name: text },
  { requiredKeys: [] },
);

test('every text has an answer, and no fault is named twice', () => {
  fc.assert(
    fc.property(text, owner, (password, person) => {
      const faults = passwordFaults(password, person);
      expect(new Set(faults).size).toBe(faults.length);
    }),
  );
});

test('every common password is refused, in any case and between blanks', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...COMMON_PASSWORDS),
      fc.infiniteStream(fc.boolean()),
      (word, upper) => {
        const mixed = codePointsOf(word).map((letter) => {
          const changed = upper.next().value ? letter.toUpperCase() : letter;
          return changed.toLowerCase() === letter ? changed : letter;
        });
        expect(passwordFaults(` ${mixed.join('')} `, ADA)).toContain(COMMON);
      },
    ),
    { numRuns: 1000 },
  );
});

test('the common ones are the most frequent first, in lower case', () => {
  expect(COMMON_PASSWORDS.slice(0, 4)).toEqual(['123456', 'password', '12345678', 'qwerty']);
  expect(COMMON_PASSWORDS).toHaveLength(20_000);
  expect(COMMON_PASSWORDS.filter((word) => word !== word.toLowerCase().trim())).toEqual([]);
});

test('a long random password that has nothing of the person is accepted', () => {
  const person = letters('abcdefghijklm@._-', 0, 254);
  const password = letters('nopqrstuvwxyz0123456789!$%', 24, 256).filter((it) => /\D/.test(it));
  fc.assert(
    fc.property(password, person, person, person, (random, email, username, name) => {
      expect(passwordFaults(random, { email, username, name })).toEqual([]);
    }),
  );
});

test('what a person is called is never their password', () => {
  const value = fc.string({ unit: 'grapheme', minLength: 8, maxLength: 120 });
  const attribute = fc.constantFrom('email' as const, 'username' as const, 'name' as const);
  fc.assert(
    fc.property(value, attribute, (password, key) => {
      const faults = passwordFaults(password, { [key]: password });
      expect(faults).toContainEqual(expect.stringContaining('is too similar'));
    }),
  );
});

test('long texts take no more time than their length', () => {
  const check = (repeats: number) => {
    const long = 'ab '.repeat(repeats);
    passwordFaults(long, { email: long, username: long, name: long });
  };
  expect(growth(check, 1_000_000)).toBeLessThan(10);
});

describe('the similarity of two texts', () => {
  test.each<[string, string, number]>([
    ['', '', 1],
    ['', 'a', 0],
    ['abcd', 'bcde', 0.75],
    ['abc', 'cba', 1],
    ['aab', 'abb', 2 / 3],
    ['🔑a', '🔑b', 0.5],
  ])('of %j and %j is %d', (one, other, ratio) => {
    expect(quickRatio(codePointsOf(one), codePointsOf(other))).toBeCloseTo(ratio, 10);
  });

  test('is between 0 and 1, the same both ways, and 1 for the same text', () => {
    fc.assert(
      fc.property(text, text, (one, other) => {
        const ratio = quickRatio(codePointsOf(one), codePointsOf(other));
        expect(quickRatio(codePointsOf(other), codePointsOf(one))).toBe(ratio);
        expect(ratio).toBeGreaterThanOrEqual(0);
        expect(ratio).toBeLessThanOrEqual(1);
        expect(ratio).toBeLessThanOrEqual(
          greatestRatio(codePointsOf(one).length, codePointsOf(other).length),
        );
        expect(quickRatio(codePointsOf(one), codePointsOf(one).reverse())).toBe(1);
      }),
    );
  });
});
