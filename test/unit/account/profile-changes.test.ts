import { ProfileChangesSchema } from '../../../src/account/profile.dto.js';

test.each([
  [{}, {}],
  [{ name: '  Ada Lovelace ' }, { name: 'Ada Lovelace' }],
  [{ name: '' }, { name: '' }],
  [{ name: ` ${'é'.repeat(80)} ` }, { name: 'é'.repeat(80) }],
  [{ username: null }, { username: null }],
  [{ username: 'ada' }, { username: 'ada' }],
  [{ language: 'EN-us' }, { language: 'en-US' }],
  [{ language: 'zh-hant-tw' }, { language: 'zh-Hant-TW' }],
])('%o is understood', (given, understood) => {
  expect(ProfileChangesSchema.parse(given)).toEqual(understood);
});

test.each([
  { name: 'x'.repeat(81) },
  { name: null },
  { username: 'a b' },
  { username: '' },
  { language: '' },
  { language: 'en_US' },
  { language: 'en-a' },
  { language: `en-${'x-abcdefg'.repeat(5)}` },
  { language: null },
  { email: 'another@example.org' },
  { role: 'superuser' },
])('%o is refused', (given) => {
  expect(ProfileChangesSchema.safeParse(given).success).toBe(false);
});
