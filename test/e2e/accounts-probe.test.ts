import { startApp, type TestApp } from '../support/app.js';
import { Client, signUp, PASSWORD } from '../support/client.js';
import net from 'node:net';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());
const log = (...a: unknown[]) =>
  process.stdout.write(
    a.map((x) => (typeof x === 'string' ? x : JSON.stringify(x))).join(' ') + '\n',
  );

test('probe', async () => {
  const c = new Client(app.origin);
  let t = Date.now();
  const ada = await signUp(app, 'ada@example.org');
  log('signup ms', Date.now() - t);
  const raw = async (
    method: string,
    url: string,
    body?: any,
    headers: Record<string, string> = {},
  ) => {
    const r = await fetch(app.origin + url, { method, body, headers, redirect: 'manual' });
    const text = await r.text();
    log(
      method,
      url.slice(0, 80),
      JSON.stringify(headers),
      String(body ?? '').slice(0, 60),
      '=>',
      r.status,
      r.headers.get('content-type') ?? '',
      text.slice(0, 330),
      r.headers.get('set-cookie') ?? '',
    );
  };
  const J = { 'content-type': 'application/json' };
  const A = { authorization: `Bearer ${ada.token}` };
  await raw('POST', '/api/v1/auth/login', '{bad', J);
  await raw('POST', '/api/v1/auth/login', '', J);
  await raw('POST', '/api/v1/auth/login');
  await raw('POST', '/api/v1/auth/login', '{"email":"a","password":"b","x":1}', J);
  await raw('POST', '/api/v1/auth/login', '{"__proto__":{"a":1},"email":"a","password":"b"}', J);
  await raw(
    'POST',
    '/api/v1/auth/login',
    '{"constructor":{"prototype":{"a":1}},"email":"a","password":"b"}',
    J,
  );
  await raw(
    'POST',
    '/api/v1/auth/login',
    'email=ada@example.org&password=' + encodeURIComponent(PASSWORD),
    { 'content-type': 'application/x-www-form-urlencoded' },
  );
  await raw('POST', '/api/v1/auth/login', 'x', { 'content-type': 'text/plain' });
  await raw('POST', '/api/v1/auth/login', '<a/>', { 'content-type': 'application/xml' });
  await raw('POST', '/api/v1/auth/demo', '<a/>', { 'content-type': 'application/xml' });
  await raw('POST', '/api/v1/auth/login', 'x'.repeat(1200000), J);
  await raw('POST', '/api/v1/auth/login', '{"email":"\\u0000","password":"b"}', J);
  await raw('POST', '/api/v1/auth/login', '{"username":"a\\u0000","password":"b"}', J);
  await raw(
    'POST',
    '/api/v1/auth/register',
    '{"email":"a\\u0000@x.de","password":"bbbbbbbbbbbb"}',
    J,
  );
  await raw(
    'POST',
    '/api/v1/auth/register',
    JSON.stringify({ email: 'a'.repeat(10000) + '@x.de', password: 'bbbbbbbbb' }),
    J,
  );
  await raw('GET', '/api/v1/nothing');
  await raw('GET', '/api/v1/nothing', undefined, { accept: 'text/html' });
  await raw('GET', '/some/page', undefined, { accept: 'text/html' });
  await raw('GET', '/some/page', undefined, {});
  await raw('PUT', '/api/v1/videos', undefined, A);
  await raw('PATCH', '/api/v1/auth/login', '{}', J);
  await raw('GET', '/api/v1/auth/login');
  await raw('GET', '/api/v1/videos/nope', undefined, A);
  await raw('GET', '/api/v1/videos/' + 'a'.repeat(200), undefined, A);
  await raw('GET', '/api/v1/videos/%zz', undefined, A);
  await raw('GET', '/%zz', undefined, { accept: 'text/html' });
  await raw('GET', '/api/v1/videos?page=0', undefined, A);
  await raw('GET', '/api/v1/videos?page_size=51', undefined, A);
  await raw('GET', '/api/v1/videos?sort_by=foo', undefined, A);
  await raw('GET', '/api/v1/videos?foo=1', undefined, A);
  await raw('GET', '/api/v1/videos?page=', undefined, A);
  await raw('GET', '/api/v1/videos?page=1&page=2', undefined, A);
  await raw('GET', '/api/v1/videos?search=%00', undefined, A);
  await raw('GET', '/api/v1/videos?genre=%00', undefined, A);
  await raw('GET', '/api/v1/videos?search=' + 'a'.repeat(10000), undefined, A);
  await raw('GET', '/api/v1/videos?__proto__=1', undefined, A);
  await raw('GET', '/api/v1/videos?' + 'a'.repeat(20000), undefined, A);
  await raw('GET', '/' + 'a'.repeat(9000));
  await raw('GET', '/api/v1/auth/activate/x/y');
  await raw('GET', '/api/v1/auth/activate/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01/' + 'a'.repeat(150));
  await raw('POST', '/api/v1/auth/activate', '{"uid":"zz","token":"y"}', J);
  await raw('POST', '/api/v1/auth/login', '[]', J);
  await raw('POST', '/api/v1/auth/login', 'null', J);
  await raw('POST', '/api/v1/auth/refresh', 'null', J);
  await raw('POST', '/api/v1/auth/refresh', '{"refresh_token":"abc.def"}', J);
  await raw('POST', '/api/v1/auth/refresh', undefined, { cookie: 'refresh_token=abc.def' });
  await raw('POST', '/api/v1/auth/refresh', undefined, {
    cookie: 'refresh_token=0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01',
  });
  await raw('POST', '/api/v1/auth/refresh', undefined, { cookie: 'refresh_token=%E0%A4%A' });
  await raw('GET', '/api/v1/auth/me', undefined, { cookie: 'access_token=%E0%A4%A' });
  await raw('GET', '/api/v1/auth/me', undefined, {
    authorization: 'Basic x',
    cookie: 'access_token=' + ada.token,
  });
  await raw('POST', '/api/v1/auth/logout', undefined, {
    authorization: 'Basic x',
    cookie: 'access_token=' + ada.token,
  });
  await raw('OPTIONS', '/api/v1/auth/me');
  await raw('HEAD', '/api/v1/genres', undefined, A);
  await raw(
    'TRACE' === 'x' ? 'GET' : 'DELETE',
    '/api/v1/videos/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01',
    '{}',
    { ...A, ...J },
  );
  await raw('POST', '/api/v1/videos/upload', '{}', { ...A, ...J });
  await raw('POST', '/api/v1/videos/upload', 'garbage', {
    ...A,
    'content-type': 'multipart/form-data',
  });
  await raw('POST', '/api/v1/videos/upload', 'garbage', {
    ...A,
    'content-type': 'multipart/form-data; boundary=x',
  });
  const form = new FormData();
  form.append('title', 'a\0b');
  form.append('file', new Blob(['x']), 'a.mp4');
  await raw('POST', '/api/v1/videos/upload', form, A);
  const form2 = new FormData();
  form2.append('__proto__', 'a');
  form2.append('file', new Blob(['y']), 'a.mp4');
  await raw('POST', '/api/v1/videos/upload', form2, A);
  const form3 = new FormData();
  form3.append('title', 'a'.repeat(10000));
  form3.append('file', new Blob(['z']), 'a.mp4');
  await raw('POST', '/api/v1/videos/upload', form3, A);
  await raw('GET', '/media/abc/def', undefined, A);
  await raw('GET', '/swagger/', undefined, A);
  await raw('GET', '/swagger', undefined, A);
  await raw('GET', '/docs', undefined, A);
  await raw('GET', '/docs/', undefined, A);
  await raw('GET', '/redoc/', undefined, A);
  await raw('GET', '/coverage_html_report/index.html', undefined, { accept: 'text/html' });
  await raw('GET', '/openapi.json', undefined, A);
  const sock = net.connect(new URL(app.origin).port as any, '127.0.0.1');
  sock.write('GET / HTTP/1.1\r\nHost: x\r\nX: ' + 'a'.repeat(20000) + '\r\n\r\n');
  for await (const d of sock) log(String(d).slice(0, 500));
  const sock2 = net.connect(new URL(app.origin).port as any, '127.0.0.1');
  sock2.write('GARBAGE\r\n\r\n');
  for await (const d of sock2) log(String(d).slice(0, 500));
});
