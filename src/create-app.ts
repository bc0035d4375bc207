import { randomUUID } from 'node:crypto';
import cookie from '@fastify/cookie';
import etag from '@fastify/etag';
import multipart from '@fastify/multipart';
import type { LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import helmet from 'helmet';
import { AppModule } from './app.module.js';
import { answerClientError } from './common/client-error.js';
import { DomainError } from './common/domain-error.js';
import { ProblemFilter } from './common/problem.filter.js';
import { ValidationPipe } from './common/validation.pipe.js';
import type { Config } from './config/config.js';
import { mediaOrigins } from './config/media-origins.js';
import { OBJECT_TYPE } from './ingest/direct/direct-upload.dto.js';
import { PIECE_TYPE, UPLOADS_PATH } from './ingest/resumable/tus.service.js';
import { openApiDocument } from './openapi/document.js';
import { digestSignedBodies } from './service-keys/body-digest.js';
import { serveSite } from './site/site.js';

interface AppOptions {
  databaseUrl: string;
  projectRoot: string;
  logger?: LoggerService | false;
}

/** Of {@link ObjectsController}. */
const OBJECTS_ROUTE = '/api/v1/upload/objects/*';

/** Largest JSON body, in bytes; files do not come as JSON. */
const BODY_LIMIT_BYTES = 1024 * 1024;

/**
 * Everything comes from this server, but films and pictures from where their links lead; hls.js needs
 * blobs for its worker and its media source.
 */
const contentSecurityPolicy = (mediaOrigins: readonly string[]) => ({
  useDefaults: false,
  directives: {
    defaultSrc: ["'self'"],
    baseUri: ["'none'"],
    connectSrc: ["'self'", ...mediaOrigins],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    imgSrc: ["'self'", 'data:', 'blob:', ...mediaOrigins],
    mediaSrc: ["'self'", 'blob:', ...mediaOrigins],
    objectSrc: ["'none'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    workerSrc: ["'self'", 'blob:'],
  },
});

/** Builds the application, ready to listen; `config.roles` says what it does. */
export async function createApp(
  config: Config,
  options: AppOptions,
): Promise<NestFastifyApplication> {
  const problems = new ProblemFilter();
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    // Clients of other systems end the addresses of lists with a slash.
    rewriteUrl: ({ url = '/' }) => url.replace(/^(\/api\/[^?]*?)\/(?=\?|$)/, '$1'),
    forceCloseConnections: true,
    genReqId: () => randomUUID(),
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    frameworkErrors: problems.answer.bind(problems),
    clientErrorHandler: answerClientError,
  });
  // Bodies are JSON or multipart. Forms and plain text, which a page of another origin may send
  // without asking, have no parser.
  adapter.getInstance().removeContentTypeParser('text/plain');
  takeEmptyJsonForNone(adapter);
  leaveFilesUnread(adapter);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.for(config, options.databaseUrl),
    adapter,
    {
      ...(options.logger === undefined ? {} : { logger: options.logger }),
      abortOnError: false,
      bodyParser: false,
    },
  );
  digestSignedBodies(adapter.getInstance());
  await app.register(cookie);
  await app.register(etag, { replyWith304: true });
  await app.register(multipart);
  sendSecurityHeaders(adapter, config);
  askAgainEveryTime(adapter);
  setRoutePrefix(app);
  app.useGlobalPipes(new ValidationPipe());
  await serveSite(app, openApiDocument(app), {
    projectRoot: options.projectRoot,
    production: config.production,
  });
  return app;
}

/** Without Helmet's own plugin for Fastify, which makes all of it anew at every request. */
function sendSecurityHeaders(adapter: FastifyAdapter, config: Config): void {
  const setHeaders = helmet({
    contentSecurityPolicy: contentSecurityPolicy(mediaOrigins(config)),
    hsts: config.appUrl.startsWith('https://'),
  });
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    setHeaders(request.raw, reply.raw, (error) => {
      done(error as Error | undefined);
    });
  });
}

/** What the API answers is for one person, and no cache may give it away without asking for its version. */
function askAgainEveryTime(adapter: FastifyAdapter): void {
  adapter.getInstance().addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'private, no-cache');
    done();
  });
}

/** Some clients name a type with every request, also where they send no body. */
function takeEmptyJsonForNone(adapter: FastifyAdapter): void {
  const server = adapter.getInstance();
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') done(null);
      else void parse(request, body, done);
    },
  );
}

/** Files, and pieces of them, are read by whoever stores them. */
function leaveFilesUnread(adapter: FastifyAdapter): void {
  leaveUnread(adapter, OBJECT_TYPE, [OBJECTS_ROUTE]);
  leaveUnread(adapter, PIECE_TYPE, [UPLOADS_PATH, `${UPLOADS_PATH}/:id`]);
}

function leaveUnread(adapter: FastifyAdapter, type: string | RegExp, routes: string[]): void {
  adapter.getInstance().addContentTypeParser(type, (request, _payload, done) => {
    if (routes.includes(request.routeOptions.url ?? '')) done(null);
    else done(new DomainError('request.unsupported_media_type', 'This is no place for a file.'));
  });
}

/** The API's routes lie below `/api/v1`; health checks and media bytes do not. */
export function setRoutePrefix(app: NestFastifyApplication): void {
  app.setGlobalPrefix('api/v1', {
    exclude: ['healthz', 'readyz', 'media/:token', 'media/:token/*path'],
  });
}
