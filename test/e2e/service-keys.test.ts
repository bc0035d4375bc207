import { request as httpRequest } from 'node:http';
import { DataSource } from 'typeorm';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { makePerson, type Person } from '../support/people.js';
import {
  sendRaw,
  signInHeader,
  signInQuery,
  type Call,
  type KeyPair,
  type WireRequest,
} from '../support/sigv4-signer.js';

const NOBODYS_ID = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';
const READ: Call = { method: 'GET', path: '/api/v1/upload/videos/by-key/uploads/none.mp4' };
const CHANGE: Call = {
  method: 'PATCH',
  path: `/api/v1/upload/videos/${NOBODYS_ID}/status`,
  query: { status: 'FAILED' },
};
const WRITE: Call = {
  method: 'POST',
  path: `/api/v1/upload/videos/${NOBODYS_ID}/renditions`,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ renditions: [{ playlist_key: 'videos/a/b/v720p/index.m3u8' }] }),
};
const MINUTE_MS = 60_000;

let ground: Ground;
let app: TestApp;
let replica: TestApp;
let admin: Person;
let keys: KeyPair;

beforeAll(async () => {
  ground = await createGround();
  app = await startAppOn(ground, { ROLES: 'api' });
  replica = await startAppOn(ground, { ROLES: 'api' });
  admin = await makePerson(app, { role: 'superuser' });
  keys = (await newKey('tests')).keys;
});
afterAll(async () => {
  await app.close();
  await replica.close();
  await ground.remove();
});

async function newKey(name: string): Promise<{ id: string; keys: KeyPair }> {
  const { status, body } = await admin.client.post('admin/service-keys', { name });
  expect([status, body.name]).toEqual([201, name]);
  const pair = { accessKeyId: body.access_key_id, secretAccessKey: body.secret_access_key };
  return { id: body.id, keys: pair };
}

const hostOf = ({ origin }: TestApp) => new URL(origin).host;
const signing = () => ({ keys, host: hostOf(app) });

/** Code of the answer to a request, sent as it is. */
async function codeOf(request: WireRequest): Promise<[number, string]> {
  const { status, body } = await sendRaw(app.origin, request);
  return [status, body.code];
}

describe('a request that a service has signed', () => {
  test.each([
    ['a look', READ],
    ['a change', CHANGE],
    ['a body', WRITE],
  ])('is let through with %s, signed in the header or in the query', async (_, call) => {
    // There is no such video: whoever learns that has been let in.
    const found = [404, 'video.not_found'];
    expect(await codeOf(await signInHeader(call, signing()))).toEqual(found);
    expect(await codeOf(await signInQuery(call, signing()))).toEqual(found);
  });

  test('may be four minutes old, or come from a clock that is as much ahead', async () => {
    for (const minutes of [-4, 4]) {
      const at = new Date(Date.now() + minutes * MINUTE_MS);
      expect((await codeOf(await signInHeader(READ, { ...signing(), at })))[0]).toBe(404);
    }
  });

  test('opens none of the routes that ask for a person', async () => {
    for (const path of ['/api/v1/videos', '/api/v1/admin/service-keys', '/api/v1/users/me']) {
      const request = await signInHeader({ method: 'GET', path }, signing());
      expect(await codeOf(request)).toEqual([401, 'auth.required']);
    }
  });

  test('is noted with its key', async () => {
    const { body } = await admin.client.get('admin/service-keys');
    const [key] = body.service_keys;
    expect(key).toMatchObject({ access_key_id: keys.accessKeyId, revoked_at: null });
    expect(Date.parse(key.last_used_at)).toBeGreaterThan(Date.now() - MINUTE_MS);
  });
});

/** What somebody does who wants to get in without the secret, or with what was signed for something else. */
const FORGERIES: Record<string, () => Promise<WireRequest>> = {
  'a wrong secret': () =>
    signInHeader(READ, { ...signing(), keys: { ...keys, secretAccessKey: 'guessed' } }),
  'a wrong secret, in the query': () =>
    signInQuery(READ, { ...signing(), keys: { ...keys, secretAccessKey: 'guessed' } }),
  'an edited body': async () => {
    const request = await signInHeader(WRITE, signing());
    return { ...request, body: request.body?.replace('v720p', 'v480p') };
  },
  'an edited body and its hash': async () => {
    const request = await signInHeader(WRITE, signing());
    const other = await signInHeader(
      { ...WRITE, body: WRITE.body?.replace('v720p', 'v480p') ?? '' },
      signing(),
    );
    const hash = { 'x-amz-content-sha256': other.headers['x-amz-content-sha256'] ?? '' };
    return { ...request, headers: { ...request.headers, ...hash }, body: other.body };
  },
  'a body where none was signed': async () => {
    const { target, method, headers } = await signInHeader(CHANGE, signing());
    const length = { 'content-type': 'application/json', 'content-length': '2' };
    return { target, method, headers: { ...headers, ...length }, body: '{}' };
  },
  'a body that a look does not have': async () => {
    const { target, method, headers } = await signInHeader(READ, signing());
    return { target, method, headers: { ...headers, 'content-length': '2' }, body: '{}' };
  },
  'an edited path': async () => {
    const request = await signInHeader(READ, signing());
    return { ...request, target: request.target.replace('none', 'some') };
  },
  'a path with dot segments that has the same signature': async () => {
    const request = await signInHeader(READ, signing());
    return { ...request, target: request.target.replace('uploads/', 'uploads/x/../') };
  },
  'an edited query': async () => {
    const request = await signInHeader(CHANGE, signing());
    return { ...request, target: request.target.replace('FAILED', 'COMPLETED') };
  },
  'a query that was added to': async () => {
    const request = await signInHeader(CHANGE, signing());
    return { ...request, target: `${request.target}&status=COMPLETED` };
  },
  'another method': async () => ({ ...(await signInHeader(READ, signing())), method: 'HEAD' }),
  'an edited signed header': async () => {
    const call = { ...READ, headers: { 'x-reason': 'nightly' } };
    const request = await signInHeader(call, signing());
    return { ...request, headers: { ...request.headers, 'x-reason': 'daily' } };
  },
  'another host': () => signInHeader(READ, { ...signing(), host: 'api.example.org' }).then(toUs),
  'a date six minutes ago': () =>
    signInHeader(READ, { ...signing(), at: new Date(Date.now() - 6 * MINUTE_MS) }),
  'a date in six minutes': () =>
    signInHeader(READ, { ...signing(), at: new Date(Date.now() + 6 * MINUTE_MS) }),
  'an edited date': async () => {
    const request = await signInHeader(READ, {
      ...signing(),
      at: new Date(Date.now() - 6 * MINUTE_MS),
    });
    return { ...request, headers: { ...request.headers, 'x-amz-date': timestampNow() } };
  },
  'a date that does not exist': async () => {
    const request = await signInHeader(READ, signing());
    return { ...request, headers: { ...request.headers, 'x-amz-date': '20260230T250000Z' } };
  },
  'another region': () => signInHeader(READ, { ...signing(), region: 'eu-central-1' }),
  'another service': () => signInHeader(READ, { ...signing(), service: 's3' }),
  'an unknown key': () =>
    signInHeader(READ, { ...signing(), keys: { ...keys, accessKeyId: 'VFXKAAAAAAAAAAAAAAAA' } }),
  'a revoked key': async () => {
    const revoked = await newKey('to be revoked');
    const answer = await admin.client.send('DELETE', `admin/service-keys/${revoked.id}`);
    expect(answer.status).toBe(200);
    return signInHeader(READ, { ...signing(), keys: revoked.keys });
  },
  'a host that is not signed': () => signInHeader(READ, { ...signing(), unsignable: ['host'] }),
  'a date that is not signed': () =>
    signInHeader(READ, { ...signing(), unsignable: ['x-amz-date'] }),
  'a hash that is not signed': () =>
    signInHeader(READ, { ...signing(), unsignable: ['x-amz-content-sha256'] }),
  'a header of AWS that was added': async () => {
    const request = await signInHeader(READ, signing());
    return { ...request, headers: { ...request.headers, 'x-amz-security-token': 'mine' } };
  },
  'an unsigned body': () => {
    const headers = { ...WRITE.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    return signInHeader({ ...WRITE, headers }, signing());
  },
  'headers of AWS alone': () =>
    Promise.resolve({
      ...{ method: 'GET', target: READ.path, body: undefined },
      headers: {
        host: hostOf(app),
        'x-amz-date': timestampNow(),
        'x-amz-security-token': 'token',
        'x-amzn-requestid': NOBODYS_ID,
        'x-amz-user-agent': 'aws-sdk-js/3',
      },
    }),
  'a word in the place of a signature': () => withAuthorization(() => 'AWS4-HMAC-SHA256 trust me'),
  'an empty signature': () =>
    withAuthorization((text) => text.replace(/Signature=.*/, 'Signature=')),
  'half a signature': () => withAuthorization((text) => text.slice(0, -32)),
  'a signature in capitals': () =>
    withAuthorization((text) =>
      text.replace(/(?<=Signature=).*/, (digits) => `${digits.toUpperCase()}A`.slice(-64)),
    ),
  'another algorithm': () =>
    withAuthorization((text) => text.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1')),
  'no algorithm at all': () => withAuthorization((text) => text.replace('AWS4-HMAC-SHA256 ', '')),
  'a scope of another day': () =>
    withAuthorization((text) => text.replace(/\/\d{8}\//, '/20200101/')),
  'signed headers out of order': () =>
    withAuthorization((text) =>
      text.replace(/SignedHeaders=[^,]+/, 'SignedHeaders=x-amz-date;host'),
    ),
  'a signed header that is not there': () =>
    withAuthorization((text) => text.replace('SignedHeaders=', 'SignedHeaders=accept;')),
  'an address that has expired': () =>
    signInQuery(READ, {
      ...signing(),
      at: new Date(Date.now() - 2 * MINUTE_MS),
      expiresIn: 60,
    }),
  'an address of a week, after six minutes': () =>
    signInQuery(READ, {
      ...signing(),
      at: new Date(Date.now() - 6 * MINUTE_MS),
      expiresIn: 604_800,
    }),
  'an address whose life was made longer': async () => {
    const at = new Date(Date.now() - 2 * MINUTE_MS);
    const request = await signInQuery(READ, { ...signing(), at, expiresIn: 60 });
    return { ...request, target: request.target.replace('Expires=60', 'Expires=6000') };
  },
  'an address without its algorithm': async () => {
    const request = await signInQuery(READ, signing());
    return { ...request, target: request.target.replace(/X-Amz-Algorithm=[^&]+&/, '') };
  },
  'an address that is signed twice': async () => {
    const request = await signInQuery(READ, signing());
    const other = await signInHeader(READ, signing());
    return { ...request, headers: other.headers };
  },
  'an address that is not percent-encoded': async () => {
    const request = await signInQuery(READ, signing());
    return { ...request, target: `${request.target}&x=%zz` };
  },
};

describe('a forged request is refused:', () => {
  test.each(Object.entries(FORGERIES))('%s', async (_, forge) => {
    const { status, body } = await sendRaw(app.origin, await forge());
    expect([400, 401]).toContain(status);
    // HEAD has no body to say more.
    if (body !== '') expect(body.code).toMatch(/^auth\.(required|\w+_signature)$/);
  });

  test('a header that is there twice', async () => {
    const { method, target, headers } = await signInHeader(READ, signing());
    const twice = { ...headers, 'x-amz-date': [headers['x-amz-date'] ?? '', timestampNow()] };
    expect(await statusOf({ method, target, headers: twice })).toBe(400);
  });

  test('the sign-in of a person, however high', async () => {
    const client = new Client(app.origin, admin.client.token);
    for (const call of [READ, CHANGE, WRITE]) {
      const body: unknown = call.body === undefined ? undefined : JSON.parse(call.body);
      const { status, body: problem } = await client.send(call.method, call.path, body);
      expect([status, problem.code]).toEqual([401, 'auth.required']);
    }
  });
});

describe('a signature counts once', () => {
  test.each([
    ['header', signInHeader],
    ['query', signInQuery],
  ])('in the %s, on all replicas together', async (_, sign) => {
    const request = await sign({ ...READ, query: { nonce: String(Math.random()) } }, signing());
    const answers = await Promise.all(
      [app, replica, app, replica].map(({ origin }) => sendRaw(origin, request)),
    );
    const codes = answers.map(({ body }) => body.code as string).sort();
    const replayed = Array<string>(3).fill('auth.replayed_signature');
    expect(codes).toEqual([...replayed, 'video.not_found']);
    const later = await sendRaw(replica.origin, request);
    expect([later.status, later.body.code]).toEqual([401, 'auth.replayed_signature']);
  });

  test('and is forgotten only when nobody would take it any more', async () => {
    const rows = await app.app
      .get(DataSource)
      .query<{ seconds: string }[]>(
        'SELECT extract(epoch FROM expires_at - now()) AS seconds FROM spent_signatures',
      );
    expect(rows.length).toBeGreaterThan(5);
    for (const { seconds } of rows) expect(Number(seconds)).toBeGreaterThan(60);
  });
});

describe('service keys', () => {
  test('are for superusers, and show their secret once', async () => {
    const staff = await makePerson(app, { role: 'staff' });
    expect((await staff.client.get('admin/service-keys')).status).toBe(403);
    const { body: made } = await admin.client.post('admin/service-keys', { name: '  farm ' });
    expect(made).toMatchObject({ name: 'farm', last_used_at: null, revoked_at: null });
    expect(made.access_key_id).toMatch(/^VFXK[A-Z2-7]{16}$/);
    expect(made.secret_access_key).toMatch(/^[A-Za-z0-9+/]{40}$/);
    const listed = await admin.client.get('admin/service-keys');
    expect(JSON.stringify(listed.body)).not.toContain(made.secret_access_key);
    const stored = await app.app
      .get(DataSource)
      .query<{ text: string }[]>('SELECT service_keys::text AS text FROM service_keys');
    expect(stored.map(({ text }) => text).join()).not.toContain(
      Buffer.from(made.secret_access_key).toString('hex'),
    );
  });

  test('have a name of one line', async () => {
    for (const name of ['', ' ', 'two\nlines', 'x'.repeat(101), 7]) {
      const { status } = await admin.client.post('admin/service-keys', { name });
      expect(status).toBe(400);
    }
  });

  test('are revoked once, with their secret, which is written down', async () => {
    const { id } = await newKey('short-lived');
    const revoked = await admin.client.send('DELETE', `admin/service-keys/${id}`);
    expect([revoked.status, typeof revoked.body.revoked_at]).toEqual([200, 'string']);
    const again = await admin.client.send('DELETE', `admin/service-keys/${id}`);
    expect([again.status, again.body.code]).toEqual([409, 'service_key.state_conflict']);
    const nobodys = await admin.client.send('DELETE', `admin/service-keys/${NOBODYS_ID}`);
    expect([nobodys.status, nobodys.body.code]).toEqual([404, 'service_key.not_found']);
    const [row] = await app.app
      .get(DataSource)
      .query<{ sealed_secret: unknown }[]>('SELECT * FROM service_keys WHERE id = $1', [id]);
    expect(row?.sealed_secret).toBeNull();
    const { body } = await admin.client.get('admin/audit-events?page_size=2');
    expect(body.audit_events).toMatchObject([
      { action: 'service_key.revoked', actor: { id: admin.id }, details: { name: 'short-lived' } },
      { action: 'service_key.created', actor: { id: admin.id }, details: { service_key_id: id } },
    ]);
  });
});

function timestampNow(): string {
  return `${new Date().toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

function toUs(request: WireRequest): WireRequest {
  return { ...request, headers: { ...request.headers, host: hostOf(app) } };
}

async function withAuthorization(change: (text: string) => string): Promise<WireRequest> {
  const request = await signInHeader(READ, signing());
  const authorization = change(request.headers['authorization'] ?? '');
  return { ...request, headers: { ...request.headers, authorization } };
}

/** Status of the answer to a request whose headers may be there more than once. */
async function statusOf(request: {
  method: string;
  target: string;
  headers: Record<string, string | string[]>;
}): Promise<number> {
  const { hostname, port } = new URL(app.origin);
  const { method, target: path, headers } = request;
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject).end();
  });
}
