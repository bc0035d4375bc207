import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { SecretBox } from '../../../src/common/secret-box.js';

const box = new SecretBox(randomBytes(32));

test('what is sealed can be opened, and reads like noise', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 4 }), fc.string(), (secret, label) => {
      const sealed = box.seal(secret, label);
      expect(box.open(sealed, label)).toBe(Buffer.from(secret).toString());
      expect(sealed.includes(secret)).toBe(false);
      expect(box.seal(secret, label).equals(sealed)).toBe(false);
    }),
  );
});

test('no other key, no other label and no changed byte opens it', () => {
  const sealed = box.seal('a secret', 'totp of ada');
  expect(() => new SecretBox(randomBytes(32)).open(sealed, 'totp of ada')).toThrow();
  expect(() => box.open(sealed, 'totp of eve')).toThrow();
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => box.open(changed, 'totp of ada')).toThrow();
  }
  expect(() => box.open(Buffer.alloc(3), 'totp of ada')).toThrow();
});
