import { createHash } from 'node:crypto';
import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { map, of, type Observable } from 'rxjs';
import type { Viewer } from '../../common/access.js';
import { KEPT_SECONDS } from './catalogue-cache.service.js';
import { freshFor } from './freshness.js';

const LIFETIME = 'videoflix:cached-answer';
/** Of all answers together; a page of titles is some 20 kB. */
const MOST_BYTES = 40 * 1024 ** 2;

interface Answer {
  body: Buffer;
  etag: string;
}

/**
 * Keeps what a route answers each viewer, until the catalogue changes or what it found in it is kept no
 * longer. Only for answers that are made of the catalogue and the viewer's role alone.
 */
export function CachedAnswer(kind: keyof typeof KEPT_SECONDS): MethodDecorator {
  return applyDecorators(SetMetadata(LIFETIME, KEPT_SECONDS[kind]), UseInterceptors(CachedAnswers));
}

/** Whole answers, ready to be sent; they hold links that are signed for their viewer. */
@Injectable()
export class CachedAnswers implements NestInterceptor {
  private readonly answers = new LRUCache<string, Answer>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ body }, key) => body.length + key.length,
    perf: Date,
  });

  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<Buffer> {
    const http = context.switchToHttp();
    const { url, viewer } = http.getRequest<FastifyRequest & { viewer: Viewer }>();
    const reply = http.getResponse<FastifyReply>();
    const key = [viewer.generation, viewer.id, viewer.role, viewer.isDemo, url].join(' ');
    const known = this.answers.get(key);
    if (known) return of(send(known, reply));
    const seconds = this.reflector.get<number>(LIFETIME, context.getHandler());
    return next.handle().pipe(
      map((value: unknown) => {
        const json = JSON.stringify(value);
        const body = Buffer.from(json);
        const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
        this.answers.set(key, { body, etag }, { ttl: freshFor(json, seconds) * 1000 });
        return send({ body, etag }, reply);
      }),
    );
  }
}

function send({ body, etag }: Answer, reply: FastifyReply): Buffer {
  reply.header('content-type', 'application/json; charset=utf-8').header('etag', etag);
  return body;
}
