import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { loadConfig } from '../../src/config/config.js';
import { createApp } from '../../src/create-app.js';
import { generateOpenApi } from '../../src/openapi/generate.js';
import { createGround, type Ground } from '../support/app.js';
import { Client, type Answer } from '../support/client.js';

const PAGES = ['/swagger', '/swagger/', '/docs', '/docs/', '/redoc', '/redoc/'];
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

interface Response {
  description: string;
  headers?: object;
  content?: Record<string, { schema?: object }>;
}

interface Operation {
  operationId: string;
  summary?: string;
  tags?: string[];
  security?: object[];
  parameters?: object[];
  requestBody?: object;
  responses: Record<string, Response>;
}

let ground: Ground;
let projectRoot: string;
let app: NestFastifyApplication;
let client: Client;

beforeAll(async () => {
  ground = await createGround();
  projectRoot = await makeProject();
  app = await serve({});
  client = new Client(originOf(app));
});
afterAll(async () => {
  await app.close();
  await ground.remove();
  await rm(projectRoot, { recursive: true, force: true });
});

describe('the OpenAPI document', () => {
  let document: { paths: Record<string, Record<string, Operation>>; components: object };
  let operations: [name: string, operation: Operation][];

  beforeAll(async () => {
    ({ body: document } = await client.get('/openapi.json'));
    operations = Object.entries(document.paths).flatMap(([route, item]) =>
      Object.entries(item)
        .filter(([method]) => METHODS.includes(method))
        .map(([method, operation]): [string, Operation] => [`${method} ${route}`, operation]),
    );
    expect(operations.length).toBeGreaterThan(15);
  });

  test('gives every operation a summary, a tag and an id of its own', () => {
    for (const [name, { summary, tags }] of operations) {
      expect([name, summary]).toEqual([name, expect.stringMatching(/\w/)]);
      expect([name, tags]).toEqual([name, [expect.any(String)]]);
    }
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('says of whatever locks out who guesses that it counts by address, too', () => {
    const locking = operations.flatMap(([name, { responses }]) => {
      const { description = '' } = responses['429'] ?? {};
      return description.includes('`auth.locked`') ? [[name, description]] : [];
    });
    expect(locking.length).toBeGreaterThan(8);
    for (const [name, description] of locking) {
      expect([name, description]).toEqual([name, expect.stringContaining('`request.too_many`')]);
    }
  });

  test('describes what every operation answers', () => {
    for (const [name, { responses }] of operations) {
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      expect([name, successes.length]).toEqual([name, 1]);
      for (const [status, { content, headers }] of successes) {
        const [{ schema } = {}] = Object.values(content ?? {});
        const isOnlyHeaders = headers !== undefined && !('RateLimit-Limit' in headers);
        const isBare = status === '204' || isOnlyHeaders;
        expect([name, schema === undefined]).toEqual([name, isBare]);
        expect([name, schema]).not.toEqual([name, {}]);
      }
    }
  });

  test('describes how every operation fails', () => {
    for (const [name, { responses, security, parameters, requestBody }] of operations) {
      const takesInput = (parameters?.length ?? 0) > 0 || requestBody !== undefined;
      expect([name, takesInput, '400' in responses]).toEqual([name, takesInput, takesInput]);
      const isPublic = security?.length === 0;
      // What takes a refresh token is public and still answers 401.
      if (!isPublic)
        expect([name, Object.keys(responses)]).toEqual([name, expect.arrayContaining(['401'])]);
      for (const [status, { content }] of Object.entries(responses)) {
        if (status < '400' || status === '503') continue;
        expect([name, content]).toEqual([
          name,
          {
            'application/problem+json': {
              schema: { $ref: '#/components/schemas/Problem' },
              examples: expect.any(Object),
            },
          },
        ]);
      }
    }
  });

  test('names the error codes of every failure, with an example of each', () => {
    for (const [name, { responses }] of operations) {
      for (const [status, { description, content }] of Object.entries(responses)) {
        const problem = content?.['application/problem+json'] as
          { examples: Record<string, { value: object }> } | undefined;
        for (const [code, { value }] of Object.entries(problem?.examples ?? {})) {
          expect([name, description]).toEqual([name, expect.stringContaining(`\`${code}\``)]);
          expect([name, value]).toEqual([
            name,
            expect.objectContaining({ code, status: Number(status) }),
          ]);
        }
      }
    }
  });

  test('refers only to what it holds', () => {
    const references = [...referencesIn(document)];
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) {
      const parts = reference.replace(/^#\//, '').split('/');
      const target = parts.reduce<unknown>(
        (at, part) => (at as Record<string, unknown> | undefined)?.[part],
        document,
      );
      expect([reference, typeof target]).toEqual([reference, 'object']);
    }
  });

  test('is the one that the repository holds, made without a database', async () => {
    const generated: unknown = JSON.parse(JSON.stringify(await generateOpenApi()));
    expect(generated).toEqual(document);
    const committed: unknown = JSON.parse(await readFile('openapi.json', 'utf8'));
    expect(committed).toEqual(generated);
  });
});

describe.each(PAGES)('the page %s', (url) => {
  test('needs nothing from another server', async () => {
    const page = await client.get(url);
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/html/),
    ]);
    // The names of XML's vocabularies look like addresses, and nobody goes there.
    const html = (page.body as string).replaceAll(/xmlns(:\w+)?="[^"]*"/g, '');
    expect(html.match(/(?:https?:)?\/\/[\w-]+\.[^\s"'<>]*/g)).toBeNull();
    const assets = [...html.matchAll(/<(?:script|link)[^>]*(?:src|href)="([^"]+)"/g)].map(
      ([, asset]) => new URL(asset ?? '', client.origin + url),
    );
    expect(assets.length).toBeGreaterThan(0);
    for (const asset of assets) {
      expect(asset.origin).toBe(client.origin);
      const { status, headers } = await client.get(asset.pathname);
      const type = headers.get('content-type');
      expect([asset.pathname, status, type]).toEqual([
        asset.pathname,
        200,
        expect.stringMatching(/javascript|text\/css|image\/(?:png|svg)/),
      ]);
    }
  });

  test('holds no script that the security policy would stop', async () => {
    const { body, headers } = await client.get(url);
    expect(policyOf(headers)['script-src'] ?? policyOf(headers)['default-src']).toEqual(["'self'"]);
    const scripts: string[] = body.match(/<script\b[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(script).toContain('src=');
    expect(body).not.toMatch(/\son\w+=/);
  });
});

test('ReDoc and Swagger show the API this server has', async () => {
  expect((await client.get('/redoc/')).body).toContain('spec-url="/openapi.json"');
  const { body: document } = await client.get('/openapi.json');
  const { body: script } = await client.get('/swagger/swagger-ui-init.js');
  for (const route of Object.keys(document.paths as object)) expect(script).toContain(`"${route}"`);
});

test('every answer carries the security policy, which trusts this server alone', async () => {
  for (const url of ['/', '/api/v1/nothing', '/openapi.json', '/healthz', '/redoc/']) {
    const { headers } = await client.get(url, { accept: 'text/html' });
    const policy = policyOf(headers);
    expect(policy).toMatchObject({
      'default-src': ["'self'"],
      'object-src': ["'none'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    });
    expect(Object.values(policy).flat().join(' ')).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('strict-transport-security')).toBeNull();
  }
});

describe('the web app', () => {
  test('is what a browser gets at every address that is a page', async () => {
    for (const url of ['/', '/browse', '/watch/7', '/activate?uid=1&token=2', '/a.b', '/apiary']) {
      const { status, headers, body } = await client.get(url, { accept: 'text/html,*/*' });
      expect([url, status, body]).toEqual([url, 200, '<!doctype html><title>Web app</title>']);
      expect(headers.get('cache-control')).toBe('no-cache');
    }
  });

  test('is answered to HEAD as well', async () => {
    const { status, headers } = await client.send('HEAD', '/browse', undefined, {
      accept: 'text/html',
    });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  });

  test('is not what a program gets, nor a request for a file', async () => {
    const html = { accept: 'text/html' };
    const answers: [string, Answer][] = [
      ['a program', await client.get('/browse')],
      ['an API address', await client.get('/api/v1/nothing', html)],
      ['a missing script', await client.get('/assets/missing.js', html)],
      ['a form', await client.post('/browse', undefined, html)],
    ];
    for (const [who, { status, body }] of answers) {
      expect([who, status, body.code]).toEqual([who, 404, 'route.not_found']);
    }
  });

  test('keeps hashed files for good', async () => {
    const { status, headers, body } = await client.get('/assets/app-5f3c.js');
    expect([status, body]).toEqual([200, 'start();']);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });
});

describe('the coverage report', () => {
  test('is there for those who develop', async () => {
    const { status, headers, body } = await client.get('/coverage_html_report/index.html');
    expect([status, body]).toEqual([200, '<!doctype html><title>Coverage</title>']);
    expect(headers.get('content-type')).toMatch(/^text\/html/);
    expect((await client.get('/coverage_html_report/src/file.ts.html')).status).toBe(200);
  });

  test('shows nothing beside it', async () => {
    for (const url of [
      '/../secret.txt',
      '/..%2fsecret.txt',
      '/%2e%2e/secret.txt',
      '/..\\secret.txt',
    ]) {
      const { statusCode, body } = await app.inject({ url: `/coverage_html_report${url}` });
      expect([url, statusCode >= 400 && statusCode < 500]).toEqual([url, true]);
      expect(body).not.toContain('not for everybody');
    }
  });

  test('is not there in production, also not for a browser', async () => {
    const production = await serve({ NODE_ENV: 'production' });
    try {
      const visitor = new Client(originOf(production));
      for (const headers of [{}, { accept: 'text/html' }]) {
        const { status, body } = await visitor.get('/coverage_html_report/index.html', headers);
        expect([status, body.code]).toEqual([404, 'route.not_found']);
      }
      expect((await visitor.get('/redoc/')).status).toBe(200);
      expect((await visitor.get('/browse', { accept: 'text/html' })).status).toBe(200);
    } finally {
      await production.close();
    }
  });
});

/** A package folder with a built web app and a coverage report. */
async function makeProject(): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'videoflix-site-'));
  const files = {
    'web/dist/index.html': '<!doctype html><title>Web app</title>',
    'web/dist/assets/app-5f3c.js': 'start();',
    'web/dist/favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
    'coverage/index.html': '<!doctype html><title>Coverage</title>',
    'coverage/src/file.ts.html': '<!doctype html><title>File</title>',
    'secret.txt': 'not for everybody',
  };
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(root, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await symlink(path.resolve('node_modules'), path.join(root, 'node_modules'));
  return root;
}

async function serve(settings: Record<string, string>): Promise<NestFastifyApplication> {
  const { databaseUrl, dataDir } = ground;
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    SECRET_KEY: 'a secret of thirty-two characters',
    ...settings,
  });
  const served = await createApp(config, { databaseUrl, projectRoot, logger: false });
  await served.listen(0, '127.0.0.1');
  return served;
}

function originOf(served: NestFastifyApplication): string {
  return `http://127.0.0.1:${(served.getHttpServer().address() as AddressInfo).port}`;
}

function* referencesIn(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === '$ref') yield String(value);
    else yield* referencesIn(value);
  }
}

function policyOf(headers: Headers): Record<string, string[]> {
  const directives = (headers.get('content-security-policy') ?? '').split(';');
  return Object.fromEntries(
    directives.map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );
}
