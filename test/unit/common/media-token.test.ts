import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { MediaTokens, type MediaGrant, type SigningKeys } from '../../../src/common/media-token.js';

const HOUR_MS = 3_600_000;
const VIDEO = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';
const VIEWER = '7e2c1f58-9d3b-4d0a-8f65-0a1b2c3d4e5f';

const tokens = new MediaTokens(oneKey());
const grants = fc.record<MediaGrant>({
  videoId: fc.uuid(),
  viewerId: fc.uuid(),
  expiresAt: fc.integer({ min: 0, max: 2 ** 32 - 1 }).map((seconds) => new Date(seconds * 1000)),
});

/** A ring with one key. */
function oneKey(id = 7): SigningKeys {
  const key = randomBytes(32);
  return { current: () => ({ id, key }), find: (asked) => (asked === id ? key : undefined) };
}

afterEach(() => {
  jest.useRealTimers();
});

test('a token tells what was signed, and is plain text for a path', () => {
  fc.assert(
    fc.property(grants, (grant) => {
      const token = tokens.sign(grant);
      expect(token).toMatch(/^[\w-]{92}$/);
      expect(tokens.verify(token)).toEqual(grant);
    }),
  );
});

test('a token of a key is given no more once another one signs', () => {
  const [before, after] = [oneKey(1), oneKey(2)];
  let signing = before;
  const signer = new MediaTokens({
    current: () => signing.current(),
    find: (id) => before.find(id) ?? after.find(id),
  });
  const signBefore = signer.signerFor(VIEWER);
  const first = signBefore(VIDEO);
  expect(signer.signerFor(VIEWER)(VIDEO)).toBe(first);
  signing = after;
  const second = signer.signerFor(VIEWER)(VIDEO);
  expect(Buffer.from(second, 'base64url').readUInt8(0)).toBe(2);
  // One that was at hand before signs with the key that it began with.
  expect(signBefore(VIDEO)).toBe(first);
  const grant = signer.grant(VIDEO, VIEWER);
  expect([first, second].map((token) => signer.verify(token))).toEqual([grant, grant]);
});

test('a token with any bit changed is none', () => {
  fc.assert(
    fc.property(grants, fc.nat({ max: 69 * 8 - 1 }), (grant, bit) => {
      const bytes = Buffer.from(tokens.sign(grant), 'base64url');
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(tokens.verify(bytes.toString('base64url'))).toBeUndefined();
    }),
    { numRuns: 1000 },
  );
});

test('a token with any character changed is none, also where the bytes stay the same', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= ';
  const token = tokens.sign(tokens.grant(VIDEO, VIEWER));
  for (let at = 0; at < token.length; at += 1) {
    for (const character of alphabet) {
      if (character === token[at]) continue;
      const changed = token.slice(0, at) + character + token.slice(at + 1);
      expect(tokens.verify(changed)).toBeUndefined();
    }
  }
});

test('another spelling of the same bytes is none', () => {
  const token = tokens.sign(tokens.grant(VIDEO, VIEWER));
  const bytes = Buffer.from(token, 'base64url');
  const spellings = [
    bytes.toString('base64'),
    `${token}=`,
    `${token}==`,
    `${token}\n`,
    ` ${token}`,
    `${token.slice(0, 40)}\n${token.slice(40)}`,
    `${token}.`,
  ];
  for (const spelling of spellings) {
    expect(Buffer.from(spelling, 'base64url')).toEqual(bytes);
    expect([spelling, tokens.verify(spelling)]).toEqual([spelling, undefined]);
  }
});

test('no other text is a token', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
      expect(tokens.verify(text)).toBeUndefined();
    }),
  );
  for (const text of ['', '\0', 'A'.repeat(92), 'A'.repeat(100_000)]) {
    expect(tokens.verify(text)).toBeUndefined();
  }
});

test('a token of another key is none', () => {
  const others = new MediaTokens(oneKey());
  expect(tokens.verify(others.sign(tokens.grant(VIDEO, VIEWER)))).toBeUndefined();
});

test('a token names its key, whether or not that is known', () => {
  const others = new MediaTokens(oneKey(8));
  const token = others.sign(others.grant(VIDEO, VIEWER));
  expect([others.knowsKeyOf(token), tokens.knowsKeyOf(token)]).toEqual([true, false]);
  // There is nothing to look for.
  expect(tokens.knowsKeyOf('no token')).toBe(true);
  expect(tokens.verify(token)).toBeUndefined();
});

test('a grant is good for six hours at least and seven at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4_000_000_000 }), (seconds) => {
      jest.useFakeTimers({ now: seconds * 1000 });
      const { expiresAt } = tokens.grant(VIDEO, VIEWER);
      const lifetime = expiresAt.getTime() - Date.now();
      expect(lifetime).toBeGreaterThanOrEqual(6 * HOUR_MS);
      expect(lifetime).toBeLessThan(7 * HOUR_MS);
    }),
  );
});

test('grants of the same hour are equal, so that a browser keeps what it loaded', () => {
  const tokenAt = (time: string) => {
    jest.useFakeTimers({ now: new Date(time) });
    return tokens.sign(tokens.grant(VIDEO, VIEWER));
  };
  expect(tokenAt('2026-03-01T10:59:59Z')).toBe(tokenAt('2026-03-01T10:00:01Z'));
  expect(tokenAt('2026-03-01T11:00:01Z')).not.toBe(tokenAt('2026-03-01T10:59:59Z'));
});

test('what is signed for a viewer is what is signed for a grant, whatever was signed before', () => {
  jest.useFakeTimers({ now: new Date('2026-03-01T10:00:00Z') });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.uuid(), fc.uuid())), (pairs) => {
      for (const [videoId, viewerId] of [...pairs, ...pairs]) {
        const token = tokens.signerFor(viewerId)(videoId);
        expect(token).toBe(tokens.sign(tokens.grant(videoId, viewerId)));
      }
    }),
  );
});

test('an expired token is still read, for whoever wants to say that it has expired', () => {
  const expiresAt = new Date('2020-01-01T00:00:00Z');
  const token = tokens.sign({ videoId: VIDEO, viewerId: VIEWER, expiresAt });
  expect(tokens.verify(token)?.expiresAt).toEqual(expiresAt);
});
