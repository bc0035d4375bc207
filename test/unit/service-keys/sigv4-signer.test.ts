import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { DomainError } from '../../../src/common/domain-error.js';
import { examine, isSignedWith } from '../../../src/service-keys/sigv4/examine.js';
import type { SignedRequest } from '../../../src/service-keys/sigv4/signed-request.js';
import {
  signInHeader,
  signInQuery,
  type Call,
  type WireRequest,
} from '../../support/sigv4-signer.js';

const KEYS = { accessKeyId: 'VFXKAAAABBBBCCCCDDDD', secretAccessKey: 'secret/of+a/service' };
const AT = new Date('2026-03-01T08:15:30Z');
const POLICY = { region: 'us-east-1', service: 'execute-api', now: AT };
const SIGNING = { keys: KEYS, host: 'api.example.org', at: AT };

const segment = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => text !== '.' && text !== '..')
  .map(encodeURIComponent);
const word = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/^(x-amz|__proto__)/i.test(text));
const headerName = fc
  .stringMatching(/^[a-z][a-z0-9-]{0,12}$/)
  .filter((name) => !/^(host|x-amz|authorization|date|content-length)/.test(name));
const call: fc.Arbitrary<Call> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PATCH', 'PUT', 'DELETE'),
  path: fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`),
  query: fc.dictionary(
    word,
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.array(word, { minLength: 1, maxLength: 3 })),
    { maxKeys: 5 },
  ),
  headers: fc.dictionary(headerName, fc.stringMatching(/^[ -~]{0,30}$/), { maxKeys: 4 }),
  body: fc.string({ unit: 'grapheme' }),
});

function received({ method, target, headers, body = '' }: WireRequest): SignedRequest {
  const sha256 = createHash('sha256').update(body).digest('hex');
  const rawHeaders = Object.entries(headers).flat();
  return { method, target, rawHeaders, body: { sha256, isEmpty: body === '' } };
}

/** Whether a request is let through, or else why not. */
function verdict(request: SignedRequest): boolean | string {
  try {
    return isSignedWith(KEYS.secretAccessKey, examine(request, POLICY));
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

test('whatever the signer of the AWS SDK signs in the header is taken', async () => {
  await fc.assert(
    fc.asyncProperty(call, async (made) => {
      expect(verdict(received(await signInHeader(made, SIGNING)))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('whatever it signs in the query is taken, too', async () => {
  await fc.assert(
    fc.asyncProperty(call, async (made) => {
      expect(verdict(received(await signInQuery(made, SIGNING)))).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('nothing is taken of which a part was changed afterwards', async () => {
  const changes: readonly ((request: SignedRequest) => SignedRequest)[] = [
    (request) => ({ ...request, method: request.method === 'GET' ? 'HEAD' : 'GET' }),
    (request) => ({ ...request, target: request.target.replace(/(?=\?|$)/, 'x') }),
    (request) => ({ ...request, target: `${request.target}${mark(request)}added=1` }),
    (request) => ({ ...request, rawHeaders: swapped(request.rawHeaders, 'host', 'example.com') }),
    (request) => ({ ...request, body: { sha256: 'a'.repeat(64), isEmpty: false } }),
  ];
  const mark = ({ target }: SignedRequest) => (target.includes('?') ? '&' : '?');
  await fc.assert(
    fc.asyncProperty(call, fc.constantFrom(...changes), async (made, change) => {
      const request = received(await signInHeader(made, SIGNING));
      expect([false, 'auth.invalid_signature']).toContain(verdict(change(request)));
    }),
    { numRuns: 300 },
  );
});

test('no header, however it is made, is more than refused', () => {
  const pieces = fc.constantFrom(
    'AWS4-HMAC-SHA256',
    ...['Credential=', 'VFXK/20260301/us-east-1/execute-api/aws4_request', 'SignedHeaders='],
    ...['host;x-amz-date', 'Signature=', '0'.repeat(64), ',', ' ', ';', '/', '=', '\u00ff'],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), fc.string(), (parts, date) => {
      const rawHeaders = ['host', 'a', 'x-amz-date', date, 'authorization', parts.join('')];
      const body = { sha256: '', isEmpty: true };
      const answer = verdict({ method: 'GET', target: '/', rawHeaders, body });
      expect(answer === false || String(answer).startsWith('auth.')).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

function swapped(rawHeaders: readonly string[], name: string, value: string): string[] {
  return rawHeaders.map((text, at) => (at > 0 && rawHeaders[at - 1] === name ? value : text));
}
