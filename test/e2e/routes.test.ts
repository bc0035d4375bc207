import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { ACCESS_RULE, type AccessRule } from '../../src/common/access.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { makePerson } from '../support/people.js';

/** Every route and what it asks of whoever calls it. A change here is a change of who may do what. */
const EXPECTED = `
GET /api/v1/admin/audit-events → staff
GET /api/v1/admin/comments → staff
GET /api/v1/admin/mails → staff
POST /api/v1/admin/mails/:id/resend → staff
GET /api/v1/admin/service-keys → superuser
POST /api/v1/admin/service-keys → superuser
DELETE /api/v1/admin/service-keys/:id → superuser
GET /api/v1/admin/users → staff
GET /api/v1/admin/users/:id → staff
PATCH /api/v1/admin/users/:id → staff
DELETE /api/v1/admin/users/:id/second-factor → superuser
DELETE /api/v1/admin/users/:id/sessions → staff
GET /api/v1/admin/users/:id/sessions → staff
POST /api/v1/admin/users/:id/unlock → staff
GET /api/v1/auth/2fa → account
POST /api/v1/auth/2fa/recovery-codes → account
DELETE /api/v1/auth/2fa/totp → account
POST /api/v1/auth/2fa/totp → account
POST /api/v1/auth/2fa/totp/confirm → account
POST /api/v1/auth/activate → public
GET /api/v1/auth/activate/:uid/:token → public
POST /api/v1/auth/activation/resend → public
POST /api/v1/auth/demo → public
POST /api/v1/auth/email/confirm → public
POST /api/v1/auth/login → public
POST /api/v1/auth/logout → public
GET /api/v1/auth/me → session
GET /api/v1/auth/passkeys → account
POST /api/v1/auth/passkeys → account
DELETE /api/v1/auth/passkeys/:id → account
POST /api/v1/auth/passkeys/login → public
POST /api/v1/auth/passkeys/login/options → public
POST /api/v1/auth/passkeys/options → account
POST /api/v1/auth/password/change → member
POST /api/v1/auth/password/forgot → public
POST /api/v1/auth/password/reset → public
POST /api/v1/auth/refresh → public
POST /api/v1/auth/register → public
DELETE /api/v1/auth/sessions → session
GET /api/v1/auth/sessions → session
DELETE /api/v1/auth/sessions/:id → session
POST /api/v1/auth/signup → public
POST /api/v1/auth/token → public
GET /api/v1/genres → signed-in
GET /api/v1/jobs → signed-in
GET /api/v1/jobs/:id → signed-in
POST /api/v1/jobs/:id/cancel → member
POST /api/v1/jobs/:id/retry → member
POST /api/v1/jobs/create → uploader
GET /api/v1/me/continue-watching → signed-in
DELETE /api/v1/me/continue-watching/:id → signed-in
DELETE /api/v1/me/history → signed-in
GET /api/v1/me/history → signed-in
DELETE /api/v1/me/history/:id → signed-in
GET /api/v1/me/likes → signed-in
GET /api/v1/me/list → signed-in
DELETE /api/v1/me/list/:id → signed-in
PUT /api/v1/me/list/:id → signed-in
GET /api/v1/series → signed-in
POST /api/v1/series → uploader
DELETE /api/v1/series/:id → member
GET /api/v1/series/:id → signed-in
PATCH /api/v1/series/:id → member
PUT /api/v1/upload/objects/* → public
POST /api/v1/upload/video → uploader
GET /api/v1/upload/videos → signed-in
GET /api/v1/upload/videos/:id → signed-in
POST /api/v1/upload/videos/:id/renditions → service
PATCH /api/v1/upload/videos/:id/status → service
GET /api/v1/upload/videos/by-key/* → service
POST /api/v1/upload/videos/metadata → uploader
POST /api/v1/upload/videos/thumbnail/upload-url → uploader
POST /api/v1/upload/videos/upload-url → uploader
GET /api/v1/uploads → uploader
OPTIONS /api/v1/uploads → public
POST /api/v1/uploads → uploader
DELETE /api/v1/uploads/:id → uploader
HEAD /api/v1/uploads/:id → uploader
PATCH /api/v1/uploads/:id → uploader
POST /api/v1/uploads/:id → uploader
GET /api/v1/users/:id/avatar/:name → signed-in
DELETE /api/v1/users/me → member
GET /api/v1/users/me → session
PATCH /api/v1/users/me → member
DELETE /api/v1/users/me/avatar → member
PUT /api/v1/users/me/avatar → member
GET /api/v1/users/me/data → member
POST /api/v1/users/me/email → member
GET /api/v1/users/me/usage → signed-in
GET /api/v1/videos → signed-in
DELETE /api/v1/videos/:id → member
GET /api/v1/videos/:id → signed-in
PATCH /api/v1/videos/:id → member
POST /api/v1/videos/:id/cancel → member
GET /api/v1/videos/:id/comments → signed-in
POST /api/v1/videos/:id/comments → member
DELETE /api/v1/videos/:id/comments/:commentId → member
PATCH /api/v1/videos/:id/comments/:commentId → member
PUT /api/v1/videos/:id/comments/:commentId/status → member
GET /api/v1/videos/:id/events → signed-in
DELETE /api/v1/videos/:id/like → signed-in
PUT /api/v1/videos/:id/like → signed-in
GET /api/v1/videos/:id/metadata → signed-in
GET /api/v1/videos/:id/mine → signed-in
GET /api/v1/videos/:id/playback → signed-in
POST /api/v1/videos/:id/playback-events → signed-in
PUT /api/v1/videos/:id/progress → signed-in
GET /api/v1/videos/:id/quality → signed-in
DELETE /api/v1/videos/:id/rating → signed-in
PUT /api/v1/videos/:id/rating → signed-in
GET /api/v1/videos/:id/related → signed-in
POST /api/v1/videos/:id/restore → member
POST /api/v1/videos/:id/retry → member
GET /api/v1/videos/:id/status → signed-in
GET /api/v1/videos/:id/subtitles → signed-in
POST /api/v1/videos/:id/subtitles → member
DELETE /api/v1/videos/:id/subtitles/:subtitleId → member
GET /api/v1/videos/by-genre → signed-in
GET /api/v1/videos/recent → signed-in
GET /api/v1/videos/s3-videos → signed-in
DELETE /api/v1/videos/s3-videos/:id → member
GET /api/v1/videos/s3-videos/by-key/* → signed-in
GET /api/v1/videos/s3-videos/recent → signed-in
GET /api/v1/videos/trending → signed-in
POST /api/v1/videos/upload → uploader
GET /healthz → public
GET /media/:token → public
GET /media/:token/* → public
GET /readyz → public
`;

interface Route {
  method: string;
  path: string;
  rule: AccessRule | undefined;
}

let app: TestApp;
let routes: Route[];
let anybody: Client;
let demo: Client;
let viewer: Client;
let staff: Client;

beforeAll(async () => {
  app = await startApp({ ROLES: 'api', UPLOADS_BY: 'staff' });
  routes = allRoutes();
  anybody = new Client(app.origin);
  demo = await makePerson(app, { isDemo: true }).then(({ client }) => client);
  viewer = await makePerson(app).then(({ client }) => client);
  staff = await makePerson(app, { role: 'staff' }).then(({ client }) => client);
});
afterAll(() => app.close());

test('every route has a rule', () => {
  expect(routes.length).toBeGreaterThan(20);
  expect(routes.filter(({ rule }) => rule === undefined)).toEqual([]);
});

test('every route has the rule it is known to have', () => {
  const table = routes.map(({ method, path, rule }) => `${method} ${path} → ${rule ?? 'none'}`);
  expect(table).toEqual(EXPECTED.trim().split('\n'));
});

test('the server knows them all, and no other below /api', () => {
  const server = app.app.getHttpAdapter().getInstance();
  expect(routes.filter(({ method, path }) => !server.hasRoute({ method, url: path }))).toEqual([]);
  const drawn = namesInTree(server.printRoutes({ commonPrefix: false }));
  // Fastify draws a wildcard without what stands between it and the branch before.
  const ofApi = (name: string) => name.includes(' /api/') && !name.endsWith('*');
  // The HEAD that every GET brings along is left out above, and so is one that stands alone.
  const known = routes.filter(({ method }) => method !== 'HEAD').map(nameOf);
  expect(drawn.filter(ofApi).sort()).toEqual(known.filter(ofApi).sort());
});

test('nobody gets anywhere but to public routes without signing in', async () => {
  expect(await answers(anybody, notPublic)).toEqual(allOf(notPublic, 401));
});

test('nor with HEAD, which every GET brings along', async () => {
  const heads = routes.filter((route) => route.method === 'GET' && notPublic(route));
  for (const route of heads) {
    const { status } = await anybody.send('HEAD', addressOf(route));
    expect([nameOf(route), status]).toEqual([nameOf(route), 401]);
  }
});

test('a made-up token is no sign-in', async () => {
  const forger = new Client(app.origin, 'e30.e30.e30');
  expect(await answers(forger, notPublic)).toEqual(allOf(notPublic, 401));
});

test('a session that has ended opens nothing', async () => {
  const { client } = await makePerson(app);
  expect((await client.send('POST', 'auth/logout', {})).status).toBeLessThan(300);
  expect(await answers(client, notPublic)).toEqual(allOf(notPublic, 401));
});

test('demo guests cannot do what members, uploaders and staff do', async () => {
  const closed = having('account', 'member', 'uploader', 'staff', 'superuser');
  expect(await answers(demo, closed)).toEqual(allOf(closed, 403));
});

test('viewers cannot do what staff do', async () => {
  const closed = having('uploader', 'staff', 'superuser');
  expect(await answers(viewer, closed)).toEqual(allOf(closed, 403));
});

test('staff cannot do what superusers do', async () => {
  const closed = having('superuser');
  expect(await answers(staff, closed)).toEqual(allOf(closed, 403));
});

type Choice = (route: Route) => boolean;

const notPublic: Choice = ({ rule }) => rule !== 'public';
const having =
  (...rules: AccessRule[]): Choice =>
  ({ rule }) =>
    rule === undefined || rules.includes(rule);

/** Status of the answer of every chosen route, by its name. */
async function answers(client: Client, chosen: Choice): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (const route of routes.filter(chosen)) {
    const { status } = await client.send(route.method, addressOf(route));
    statuses[nameOf(route)] = status;
  }
  return statuses;
}

function allOf(chosen: Choice, status: number): Record<string, number> {
  const names = routes.filter(chosen).map(nameOf);
  expect(names).not.toEqual([]);
  return Object.fromEntries(names.map((name) => [name, status]));
}

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** An address that leads to the route: ids that nothing has in place of its parameters. */
function addressOf({ path }: Route): string {
  return path.replace(/[:*]\w+/g, '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01');
}

/** What Nest has registered, read from where it reads it itself. */
function allRoutes(): Route[] {
  const modules = [...app.app.get(ModulesContainer).values()];
  const controllers = modules.flatMap((module) => [...module.controllers.values()]);
  return controllers
    .flatMap(({ metatype }) => routesOf(metatype as Type))
    .sort((one, other) => (sortKeyOf(one) < sortKeyOf(other) ? -1 : 1));
}

/** Routes of one path beside each other. */
function sortKeyOf({ method, path }: Route): string {
  return `${path} ${method}`;
}

function routesOf(controller: Type): Route[] {
  const handlers = Object.entries(
    Object.getOwnPropertyDescriptors(controller.prototype as object),
  ).flatMap(([, { value }]) => (Reflect.hasMetadata(METHOD_METADATA, value ?? {}) ? [value] : []));
  return handlers.flatMap((handler: object) => {
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
    const rule = (Reflect.getMetadata(ACCESS_RULE, handler) ??
      Reflect.getMetadata(ACCESS_RULE, controller)) as AccessRule | undefined;
    return pathsOf(controller).flatMap((base) =>
      pathsOf(handler).map((path) => ({ method, path: prefixed(`${base}/${path}`), rule })),
    );
  });
}

function pathsOf(target: object): string[] {
  return [Reflect.getMetadata(PATH_METADATA, target) as string | string[]].flat();
}

/** The whole path, with the prefix that most routes have. */
function prefixed(path: string): string {
  const config = app.app.get(ApplicationConfig);
  const tidy = `/${path.split('/').filter(Boolean).join('/')}`;
  const excluded = config.getGlobalPrefixOptions().exclude ?? [];
  if (excluded.some(({ pathRegex }) => pathRegex.test(tidy))) return tidy;
  return `/${config.getGlobalPrefix()}${tidy}`;
}

/** The routes in a tree that Fastify has drawn: `│   └── /:id (GET, HEAD, DELETE)`. */
function namesInTree(tree: string): string[] {
  const parents: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', segment = '', methods = ''] =
      /^([│ ]*)[├└]── (.*?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    const depth = indent.length / 4;
    const path = (parents[depth - 1] ?? '') + segment;
    parents[depth] = path;
    const named = methods.split(', ').filter((method) => method !== '' && method !== 'HEAD');
    return named.map((method) => `${method} ${path}`);
  });
}
