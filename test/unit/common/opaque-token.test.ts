import {
  hashOpaqueToken,
  matchesOpaqueToken,
  newOpaqueToken,
} from '../../../src/common/opaque-token.js';

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
