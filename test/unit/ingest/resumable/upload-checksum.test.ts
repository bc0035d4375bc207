import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { DomainError } from '../../../../src/common/domain-error.js';
import {
  CHECKSUM_ALGORITHMS,
  readChecksumHeader,
} from '../../../../src/ingest/resumable/upload-checksum.js';

const digestOf = (algorithm: string, bytes: Uint8Array) =>
  createHash(algorithm).update(bytes).digest();

test('the checksum of any bytes is read', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CHECKSUM_ALGORITHMS), fc.uint8Array(), (algorithm, bytes) => {
      const digest = digestOf(algorithm, bytes);
      const read = readChecksumHeader(`${algorithm} ${digest.toString('base64')}`);
      expect(read).toEqual({ algorithm, digest });
    }),
  );
});

test('anything else is a problem with the header', () => {
  const header = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.constantFrom('sha1', 'sha256', 'md5', '__proto__'), fc.base64String())
      .map((words) => words.join(' ')),
  );
  fc.assert(
    fc.property(header, (text) => {
      try {
        const { algorithm, digest } = readChecksumHeader(text);
        expect(`${algorithm} ${digest.toString('base64')}`).toBe(text);
      } catch (error) {
        expect(error).toBeInstanceOf(DomainError);
        expect(error).toMatchObject({ code: 'request.invalid' });
      }
    }),
  );
});

test.each([
  '',
  'sha1',
  'sha1 ',
  'SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=',
  'constructor AA==',
  'sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=',
])('%j is refused', (header) => {
  expect(() => readChecksumHeader(header)).toThrow(DomainError);
});

test('the example of the protocol is read', () => {
  const { algorithm, digest } = readChecksumHeader('sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=');
  expect(algorithm).toBe('sha1');
  expect(digest).toEqual(digestOf('sha1', Buffer.from('hello world')));
});
