import { createHash } from 'node:crypto';
import { CacheableMemory } from '@cacheable/memory';
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
import { map, of, type Observable } from 'rxjs';
import type { Viewer } from '../../common/access.js';
import { VideosRepository } from '../videos.repository.js';
import { KEPT_SECONDS } from './catalogue-cache.service.js';
import { freshFor } from './freshness.js';

const LIFETIME = 'videoflix:cached-answer';
/** A page of titles is some 20 kB. */
const MOST_ANSWERS = 2000;

interface Answer {
  body: string;
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
  private readonly answers = new CacheableMemory({ lruSize: MOST_ANSWERS, useClone: false });

  constructor(
    private readonly reflector: Reflector,
    private readonly videos: VideosRepository,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<string>> {
    const http = context.switchToHttp();
    const { url, viewer } = http.getRequest<FastifyRequest & { viewer: Viewer }>();
    const reply = http.getResponse<FastifyReply>();
    const generation = await this.videos.generation();
    const key = [generation, viewer.id, viewer.role, viewer.isDemo, url].join(' ');
    const known = this.answers.get<Answer>(key);
    if (known) return of(send(known, reply));
    const seconds = this.reflector.get<number>(LIFETIME, context.getHandler());
    return next.handle().pipe(
      map((value: unknown) => {
        const body = JSON.stringify(value);
        const etag = `"${createHash('sha256').update(body).digest('base64url')}"`;
        this.answers.set(key, { body, etag }, freshFor(value, seconds) * 1000);
        return send({ body, etag }, reply);
      }),
    );
  }
}

function send({ body, etag }: Answer, reply: FastifyReply): string {
  reply.header('content-type', 'application/json; charset=utf-8').header('etag', etag);
  return body;
}
