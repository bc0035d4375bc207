import { createHash } from 'node:crypto';
import { canonicalRequest } from '../../../src/service-keys/sigv4/canonical-request.js';
import { examine, isSignedWith } from '../../../src/service-keys/sigv4/examine.js';
import { parseQuery } from '../../../src/service-keys/sigv4/query.js';
import { signatureOf, stringToSign } from '../../../src/service-keys/sigv4/signature.js';
import { headersOf, splitTarget } from '../../../src/service-keys/sigv4/signed-request.js';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const TIMESTAMP = '20150830T123600Z';
const SCOPE = { date: '20150830', region: 'us-east-1', service: 'service' };
const UNRESERVED = '-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FORM = 'application/x-www-form-urlencoded';

interface Vector {
  name: string;
  request: string;
  headers?: string[];
  body?: string;
  signature: string;
}

/** Those of AWS's Signature Version 4 Test Suite, whose names they have. */
const VECTORS: Vector[] = [
  {
    name: 'get-vanilla',
    request: 'GET /',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-vanilla-empty-query-key',
    request: 'GET /?Param1=value1',
    signature: 'a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb',
  },
  {
    name: 'get-vanilla-query',
    request: 'GET /',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-vanilla-query-order-key-case',
    request: 'GET /?Param2=value2&Param1=value1',
    signature: 'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  },
  {
    name: 'get-vanilla-query-order-key',
    request: 'GET /?Param1=value2&Param1=Value1',
    signature: 'eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1',
  },
  {
    name: 'get-vanilla-query-order-value',
    request: 'GET /?Param1=value2&Param1=value1',
    signature: '5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694',
  },
  {
    name: 'get-vanilla-query-unreserved',
    request: `GET /?${UNRESERVED}=${UNRESERVED}`,
    signature: '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
  },
  {
    name: 'get-vanilla-utf8-query',
    request: 'GET /?ሴ=bar',
    signature: '2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04',
  },
  {
    name: 'get-utf8',
    request: 'GET /ሴ',
    signature: '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
  },
  {
    name: 'get-unreserved',
    request: `GET /${UNRESERVED}`,
    signature: '07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f',
  },
  {
    name: 'get-space',
    request: 'GET /example space/',
    signature: '652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741',
  },
  {
    name: 'get-header-key-duplicate',
    request: 'GET /',
    headers: ['My-Header1', 'value2', 'My-Header1', 'value2', 'My-Header1', 'value1'],
    signature: 'c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea',
  },
  {
    name: 'get-header-value-order',
    request: 'GET /',
    headers: 'value4 value1 value3 value2'.split(' ').flatMap((value) => ['My-Header1', value]),
    signature: '08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01',
  },
  {
    name: 'get-header-value-trim',
    request: 'GET /',
    headers: ['My-Header1', ' value1', 'My-Header2', ' "a   b   c"'],
    signature: 'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  },
  {
    name: 'post-vanilla',
    request: 'POST /',
    signature: '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  },
  {
    name: 'post-vanilla-query',
    request: 'POST /?Param1=value1',
    signature: '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
  },
  {
    name: 'post-header-key-sort',
    request: 'POST /',
    headers: ['My-Header1', 'value1'],
    signature: 'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  },
  {
    name: 'post-header-value-case',
    request: 'POST /',
    headers: ['My-Header1', 'VALUE1'],
    signature: 'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
  },
  {
    name: 'post-x-www-form-urlencoded',
    request: 'POST /',
    headers: ['Content-Type', FORM],
    body: 'Param1=value1',
    signature: 'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  },
];

/** Those whose path is not in its normal form, which a server of ours does not take. */
const PATH_VECTORS: Vector[] = [
  {
    name: 'get-slash',
    request: 'GET //',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-slash-dot-slash',
    request: 'GET /./',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-relative',
    request: 'GET /example/..',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-relative-relative',
    request: 'GET /example1/example2/../..',
    signature: '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  {
    name: 'get-slashes',
    request: 'GET //example//',
    signature: '9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84',
  },
  {
    name: 'get-slash-pointless-dot',
    request: 'GET /./example',
    signature: 'ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5',
  },
];

function received({ request, headers = [], body = '' }: Vector) {
  const [, method = '', target = ''] = /^(\w+) (.*)$/s.exec(request) ?? [];
  const rawHeaders = ['Host', 'example.amazonaws.com', ...headers, 'X-Amz-Date', TIMESTAMP];
  const sha256 = createHash('sha256').update(body).digest('hex');
  return { method, target, rawHeaders, body: { sha256, isEmpty: body === '' } };
}

function signedHeadersOf(vector: Vector): string[] {
  return [...headersOf(received(vector)).keys()].sort();
}

describe.each([...VECTORS, ...PATH_VECTORS])('AWS’s test vector $name', (vector) => {
  test('has the signature that AWS published', () => {
    const request = received(vector);
    const { path, query } = splitTarget(request);
    const canonical = canonicalRequest({
      ...{ method: request.method, path, query: parseQuery(query) },
      headers: headersOf(request),
      signedHeaders: signedHeadersOf(vector),
      payloadHash: request.body.sha256,
    });
    const text = stringToSign({ timestamp: TIMESTAMP, scope: SCOPE }, canonical);
    expect(signatureOf(SECRET, SCOPE, text)).toBe(vector.signature);
  });
});

describe.each(VECTORS)('a request like $name', (vector) => {
  const policy = { region: 'us-east-1', service: 'service', now: new Date('2015-08-30T12:36:00Z') };
  const signedRequest = (signature: string) => {
    const request = received(vector);
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
      `SignedHeaders=${signedHeadersOf(vector).join(';')}, Signature=${signature}`;
    return { ...request, rawHeaders: [...request.rawHeaders, 'Authorization', authorization] };
  };

  test('is taken with that signature, with that secret', () => {
    const examined = examine(signedRequest(vector.signature), policy);
    expect(examined.claims.accessKeyId).toBe('AKIDEXAMPLE');
    expect(isSignedWith(SECRET, examined)).toBe(true);
    expect(isSignedWith(`${SECRET}.`, examined)).toBe(false);
  });

  test('is not with any other', () => {
    const first = vector.signature.startsWith('0') ? '1' : '0';
    const other = first + vector.signature.slice(1);
    expect(isSignedWith(SECRET, examine(signedRequest(other), policy))).toBe(false);
  });
});
