import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule } from '../../src/common/access.js';
import { ERROR_CODES } from '../../src/common/error-codes.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, signUp, type Answer } from '../support/client.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const NO_VIDEO = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';
const LONG = 'x'.repeat(10_000);

let app: TestApp;
let anybody: Client;
let ada: Client;

beforeAll(async () => {
  app = await startApp();
  anybody = new Client(app.origin);
  ada = await signUp(app, 'ada@example.org');
});
afterAll(() => app.close());

describe('a body', () => {
  test.each([
    ['that is not JSON', '{"email":', JSON_TYPE, 400, 'request.invalid_json'],
    ['that is nothing but a space', ' ', JSON_TYPE, 400, 'request.invalid_json'],
    [
      'that reaches for the prototype',
      '{"__proto__":{"role":"staff"},"email":"a","password":"b"}',
      JSON_TYPE,
      400,
      'request.invalid_json',
    ],
    ['above the limit', `"${'x'.repeat(1024 ** 2)}"`, JSON_TYPE, 413, 'request.too_large'],
    [
      'that is a form',
      'email=ada%40example.org&password=x',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'request.unsupported_media_type',
    ],
    [
      'that is plain text',
      '{"email":"a","password":"b"}',
      { 'content-type': 'text/plain' },
      415,
      'request.unsupported_media_type',
    ],
    [
      'that is XML',
      '<email>a</email>',
      { 'content-type': 'application/xml' },
      415,
      'request.unsupported_media_type',
    ],
    [
      'of a type that is no type',
      '{}',
      { 'content-type': 'json' },
      415,
      'request.unsupported_media_type',
    ],
  ])('%s is refused', async (_, body, headers, status, code) => {
    expectProblem(await raw('POST', '/api/v1/auth/login', headers, body), status, code);
  });

  test.each([
    ['that is null', 'null', 'body'],
    ['that is a list', '[]', 'body'],
    ['that is a text', '"text"', 'body'],
    ['with a field too many', '{"email":"a","password":"b","admin":true}', 'admin'],
    ['with a field of the wrong type', '{"email":"a","password":7}', 'password'],
    ['without a needed field', '{"email":"a"}', 'password'],
  ])('%s is refused, and the wrong part is named', async (_, body, field) => {
    const answer = await raw('POST', '/api/v1/auth/login', JSON_TYPE, body);
    expectProblem(answer, 400, 'request.invalid', field);
  });

  test('that is missing is asked for', async () => {
    expectProblem(await anybody.post('auth/login'), 400, 'request.invalid', 'body');
  });

  test('that is empty is none, whatever its type', async () => {
    const leaving = await signUp(app, 'leaving@example.org');
    const headers = { ...JSON_TYPE, authorization: `Bearer ${leaving.token ?? ''}` };
    for (const type of ['application/json', 'application/json; charset=utf-8']) {
      const answer = await raw('POST', '/api/v1/auth/login', { 'content-type': type }, '');
      expectProblem(answer, 400, 'request.invalid', 'body');
    }
    expect((await raw('DELETE', '/api/v1/auth/sessions', headers, '')).status).toBe(200);
    expect((await raw('POST', '/api/v1/auth/logout', headers, '')).status).toBe(200);
    expect((await leaving.get('auth/me')).body.code).toBe('auth.session_revoked');
  });

  test('of an upload must be a form with a file', async () => {
    const form = { ...bearer(), 'content-type': 'multipart/form-data; boundary=x' };
    const noBoundary = { ...bearer(), 'content-type': 'multipart/form-data' };
    const upload = '/api/v1/videos/upload';
    expectProblem(await ada.post('videos/upload', {}), 415, 'request.unsupported_media_type');
    expectProblem(await ada.post('videos/upload'), 415, 'request.unsupported_media_type');
    expectProblem(await ada.post('videos/upload', new FormData()), 400, 'upload.no_file');
    expectProblem(await raw('POST', upload, form, '--x\r\nno header'), 400);
    expectProblem(await raw('POST', upload, noBoundary, '--x\r\n'), 400);
  });
});

describe('an address', () => {
  test.each([
    ['GET', '/api/v1/nothing'],
    ['GET', '/api/v2/videos'],
    ['GET', '/nothing'],
    ['POST', '/nothing'],
    ['GET', '/media/'],
    ['GET', `/api/v1/videos/${NO_VIDEO}/nothing`],
  ])('where there is nothing says so: %s %s', async (method, url) => {
    expectProblem(await raw(method, url, bearer()), 404, 'route.not_found');
  });

  test.each([
    ['PUT', '/api/v1/videos'],
    ['DELETE', '/api/v1/videos'],
    ['GET', '/api/v1/auth/login'],
    ['PATCH', '/api/v1/auth/register'],
    ['OPTIONS', '/api/v1/auth/me'],
    ['POST', '/healthz'],
  ])('knows only its own methods: %s %s', async (method, url) => {
    expectProblem(await raw(method, url, bearer()), 404, 'route.not_found');
  });

  test('of the API is never answered with a page', async () => {
    const html = { accept: 'text/html,application/xhtml+xml' };
    for (const url of ['/api/v1/nothing', '/api', '/media/a/b', '/coverage_html_report/x.html']) {
      const answer = await raw('GET', url, html);
      expect([url, answer.headers.get('content-type')]).toEqual([
        url,
        'application/problem+json; charset=utf-8',
      ]);
    }
  });

  test('that is no URL is refused', async () => {
    for (const url of ['/%', '/api/v1/videos/%zz', '/%E0%A4%A']) {
      expectProblem(await raw('GET', url, bearer()), 400, 'request.invalid');
    }
  });

  test('with an id that is not a UUID is refused by the name of the parameter', async () => {
    for (const id of ['7', 'null', "'", '%00', '..%2f..%2fetc%2fpasswd', NO_VIDEO.slice(1)]) {
      const answer = await raw('GET', `/api/v1/videos/${id}`, bearer());
      expectProblem(answer, 400, 'request.invalid', 'id');
    }
    const answer = await anybody.get(`auth/activate/7/token`);
    expectProblem(answer, 400, 'request.invalid', 'uid');
  });

  test('with an id nobody has leads nowhere', async () => {
    for (const rest of ['', '/status', '/metadata', '/playback']) {
      expectProblem(await ada.get(`videos/${NO_VIDEO}${rest}`), 404, 'video.not_found');
    }
    expectProblem(await ada.send('DELETE', `videos/${NO_VIDEO}`), 404, 'video.not_found');
  });

  test('that is very long is refused', async () => {
    expectProblem(await raw('GET', `/${LONG}`), 404, 'route.not_found');
    expectProblem(await ada.get(`videos/${LONG}`), 404, 'route.not_found');
    expectProblem(await ada.get(`videos?${LONG}=1`), 400, 'request.invalid', LONG);
    const tooLong = await ada.get(`videos?search=${LONG}${LONG}`);
    expectProblem(tooLong, 431, 'request.headers_too_large');
  });

  test('behind something that is not HTTP is refused', async () => {
    const socket = connect(Number(new URL(app.origin).port), '127.0.0.1');
    socket.write('THIS IS NOT HTTP\r\n\r\n');
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(head).toContain('content-type: application/problem+json');
    expect(JSON.parse(body)).toMatchObject({ status: 400, code: 'request.invalid' });
  });
});

describe('a list', () => {
  test.each([
    ['page=0', 'page'],
    ['page=-1', 'page'],
    ['page=1.5', 'page'],
    ['page=one', 'page'],
    ['page=', 'page'],
    ['page=1&page=2', 'page'],
    ['page=100001', 'page'],
    ['page_size=0', 'page_size'],
    ['page_size=51', 'page_size'],
    ['page_size=9e99', 'page_size'],
    ['sort_by=password_hash', 'sort_by'],
    ['sort_by=title;DROP%20TABLE%20users', 'sort_by'],
    ['sort_order=up', 'sort_order'],
    ['status=gone', 'status'],
    ['mine=maybe', 'mine'],
    ['search=', 'search'],
    ['order=title', 'order'],
    ['constructor=1', 'constructor'],
  ])('refuses ?%s and names the field', async (query, field) => {
    expectProblem(await ada.get(`videos?${query}`), 400, 'request.invalid', field);
  });

  test('ignores a query that reaches for the prototype', async () => {
    const { status } = await ada.get('videos?__proto__[role]=staff&__proto__=x');
    expect([200, 400]).toContain(status);
    expect(({} as { role?: string }).role).toBeUndefined();
  });
});

test('the character NUL is refused wherever it would reach the database', async () => {
  const bodies = [
    ['auth/login', { email: 'a\0b', password: 'x' }],
    ['auth/login', { username: '\0', password: 'x' }],
    ['auth/register', { email: 'a\0@example.org', password: 'long enough' }],
    ['auth/register', { email: 'a@example.org', username: 'a\0bc', password: 'long enough' }],
    ['auth/activation/resend', { email: '\0@example.org' }],
    ['auth/activate', { uid: NO_VIDEO, token: '\0' }],
  ] as const;
  for (const [url, body] of bodies) expectProblem(await anybody.post(url, body), 400);
  for (const query of ['search=%00', 'genre=%00', 'language=a%00b']) {
    expectProblem(await ada.get(`videos?${query}`), 400, 'request.invalid');
  }
  for (const field of ['title', 'description', 'tags', 'language']) {
    expectProblem(await uploadWith(field, 'a\0b'), 400, 'request.invalid');
  }
  expect((await ada.get('videos?mine=true')).body.total_count).toBe(0);
});

test('texts of 10,000 characters are refused by the name of their field', async () => {
  const email = `${LONG}@example.org`;
  const registered = await anybody.post('auth/register', { email, password: 'long enough' });
  expectProblem(registered, 400, 'request.invalid', 'email');
  const signedIn = await anybody.post('auth/login', { email, password: 'x' });
  expectProblem(signedIn, 400, 'request.invalid', 'email');
  const password = await anybody.post('auth/login', { email: 'a@example.org', password: LONG });
  expectProblem(password, 400, 'request.invalid', 'password');
  for (const field of ['search', 'genre', 'language', 'status', 'page']) {
    expectProblem(await ada.get(`videos?${field}=${LONG}`), 400, 'request.invalid', field);
  }
  for (const field of ['title', 'genres', 'tags', 'language']) {
    const answer = await uploadWith(field, LONG);
    expect([answer.status, answer.body.code]).toEqual([400, 'request.invalid']);
    expect(answer.body.errors[0].field).toMatch(new RegExp(`^${field}`));
  }
});

test('a form field that reaches for the prototype is refused', async () => {
  for (const field of ['__proto__', 'constructor', 'toString']) {
    expectProblem(await uploadWith(field, 'x'), 400);
  }
  expect((await ada.get('videos?mine=true')).body.total_count).toBe(0);
});

test('every problem has an id of its own, which is the id of its request', async () => {
  const ids = await Promise.all(
    [1, 2, 3].map(async () => (await anybody.get('nothing')).body.request_id as string),
  );
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/);
});

test('a problem does not repeat what was sent as a secret', async () => {
  const answer = await anybody.post('auth/login', {
    email: 'a@example.org',
    password: { hunter2: 'hunter2' },
  });
  expect(JSON.stringify(answer.body)).not.toContain('hunter2');
});

describe('every route', () => {
  test('says who may call it', () => {
    const routes = allRoutes();
    expect(routes.length).toBeGreaterThan(15);
    expect(routes.filter(({ rule }) => rule === undefined)).toEqual([]);
  });

  test('that is not public is closed to strangers', async () => {
    const closed = allRoutes().filter(({ rule }) => rule !== 'public');
    expect(closed.length).toBeGreaterThan(5);
    for (const { method, path } of closed) {
      const url = path.replace(/:\w+/g, NO_VIDEO);
      for (const headers of [{}, { authorization: 'Bearer x' }, { cookie: 'access_token=x' }]) {
        const { status, body } = await raw(method, url, headers);
        expect([method, path, status]).toEqual([method, path, 401]);
        // The answer to a HEAD has no body.
        if (method !== 'HEAD') expect(body.code).toMatch(/^auth\./);
      }
    }
  });
});

/** Sends a body as it is. */
async function raw(
  method: string,
  url: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  const response = await fetch(app.origin + url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const content = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && content !== '' ? JSON.parse(content) : content,
  };
}

function bearer(): Record<string, string> {
  return { authorization: `Bearer ${ada.token ?? ''}` };
}

function uploadWith(field: string, value: string): Promise<Answer> {
  const form = new FormData();
  form.append(field, value);
  form.append('file', new Blob(['a film']), 'film.mp4');
  return ada.post('videos/upload', form);
}

function expectProblem(answer: Answer, status: number, code?: string, field?: string): void {
  const { headers, body } = answer;
  expect(body).toMatchObject({ status, ...(code === undefined ? {} : { code }) });
  expect(answer.status).toBe(status);
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(Object.keys(body).filter((name) => name !== 'errors')).toEqual([
    'type',
    'title',
    'status',
    'detail',
    'code',
    'request_id',
  ]);
  const known = ERROR_CODES as Record<string, { status: number; title: string }>;
  expect(known[body.code]).toEqual({ status, title: body.title });
  if (field !== undefined) {
    expect(body.errors.map((error: { field: string }) => error.field)).toContain(field);
  }
}

interface Route {
  method: string;
  path: string;
  rule: AccessRule | undefined;
}

/** Every route of every controller of the running application. */
function allRoutes(): Route[] {
  const reflector = app.app.get(Reflector);
  const scanner = new MetadataScanner();
  const controllers = new DiscoveryService(app.app.get(ModulesContainer)).getControllers();
  return controllers.flatMap(({ metatype, instance }) => {
    const prototype = Object.getPrototypeOf(instance) as Record<string, () => unknown>;
    return scanner.getAllMethodNames(prototype).flatMap((name): Route[] => {
      const handler = prototype[name];
      const method = handler && (Reflect.getMetadata(METHOD_METADATA, handler) as number);
      if (!handler || !metatype || method === undefined) return [];
      const rule = reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
        handler,
        metatype,
      ]);
      return pathsOf(metatype).flatMap((base) =>
        pathsOf(handler).map((path) => ({
          method: RequestMethod[method] ?? '',
          path: `/api/v1/${[base, path].filter((part) => !/^\/?$/.test(part)).join('/')}`,
          rule,
        })),
      );
    });
  });
}

function pathsOf(target: object): string[] {
  return [Reflect.getMetadata(PATH_METADATA, target) as string | string[]].flat();
}
