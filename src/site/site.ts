import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import { SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ProblemFilter } from '../common/problem.filter.js';
import { SpaFallbackFilter } from './spa-fallback.filter.js';

interface SiteOptions {
  /** Folder of the package, which holds `web/dist`, `coverage` and `node_modules`. */
  projectRoot: string;
  production: boolean;
}

/** Serves what is not the API: the web app, the API's documentation, the coverage report. */
export async function serveSite(
  app: NestFastifyApplication,
  document: OpenAPIObject,
  { projectRoot, production }: SiteOptions,
): Promise<void> {
  const problems = new ProblemFilter();
  const web = path.join(projectRoot, 'web', 'dist');
  if (existsSync(path.join(web, 'index.html'))) {
    await serveWebApp(app, web);
    app.useGlobalFilters(problems, new SpaFallbackFilter(problems));
  } else {
    app.useGlobalFilters(problems);
  }
  serveSwagger(app, document);
  await serveRedoc(app, path.join(projectRoot, 'node_modules', 'redoc', 'bundles'));
  const coverage = path.join(projectRoot, 'coverage');
  if (!production && existsSync(path.join(coverage, 'index.html'))) {
    await app.register(fastifyStatic, {
      root: coverage,
      prefix: '/coverage_html_report/',
      decorateReply: false,
    });
  }
}

async function serveWebApp(app: NestFastifyApplication, root: string): Promise<void> {
  await app.register(fastifyStatic, {
    root,
    wildcard: false,
    cacheControl: false,
    setHeaders: (reply, file) => {
      // Vite puts a hash of the content into the names below assets/.
      const immutable = file.includes(`${path.sep}assets${path.sep}`);
      reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}

function serveSwagger(app: NestFastifyApplication, document: OpenAPIObject): void {
  const options = { jsonDocumentUrl: 'openapi.json', customSiteTitle: 'Videoflix API' };
  SwaggerModule.setup('swagger', app, document, options);
  SwaggerModule.setup('docs', app, document, { customSiteTitle: 'Videoflix API' });
}

const REDOC_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Videoflix API</title>
<link rel="icon" href="/favicon.svg">
</head>
<body>
<redoc spec-url="/openapi.json" disable-google-font="true" hide-download-button="false"></redoc>
<script src="/redoc/redoc.standalone.js"></script>
</body>
</html>
`;

/** ReDoc's script shows a logo from its makers' server; here nothing comes from anybody else's. */
const FOREIGN_LOGO = 'https://cdn.redoc.ly/redoc/logo-mini.svg';

async function serveRedoc(app: NestFastifyApplication, bundles: string): Promise<void> {
  const bundle = await readFile(path.join(bundles, 'redoc.standalone.js'), 'utf8');
  const script = bundle.replaceAll(FOREIGN_LOGO, '/favicon.svg');
  const server = app.getHttpAdapter().getInstance();
  for (const url of ['/redoc', '/redoc/']) {
    server.get(url, (_, reply) => reply.type('text/html').send(REDOC_PAGE));
  }
  server.get('/redoc/redoc.standalone.js', (_, reply) => {
    return reply.type('text/javascript').header('cache-control', 'max-age=3600').send(script);
  });
}
