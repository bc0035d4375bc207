import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from './domain-error.js';
import type { ErrorCode } from './error-codes.js';
import { problemOf, type Problem } from './problem.js';

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'request.invalid',
  401: 'auth.required',
  403: 'auth.forbidden',
  404: 'route.not_found',
  405: 'route.method_not_allowed',
  408: 'request.timeout',
  413: 'request.too_large',
  415: 'request.unsupported_media_type',
  503: 'service.unavailable',
};

const CODE_OF_FASTIFY_ERROR: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'request.invalid_json',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'request.invalid_json',
};

/** The one place where an error becomes an HTTP answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const problem = this.describe(error, request);
    if (reply.sent) return;
    void reply
      .status(problem.status)
      .type('application/problem+json')
      .send(JSON.stringify(problem));
  }

  private describe(error: unknown, request: FastifyRequest): Problem {
    const requestId = request.id;
    if (error instanceof DomainError) {
      return problemOf(error.code, error.detail, requestId, error.errors);
    }
    const code = codeOf(error);
    if (code) return problemOf(code, messageOf(error), requestId);
    if (isDiskFull(error)) {
      return problemOf('storage.full', 'There is no space left to write to.', requestId);
    }
    this.logger.error(`${request.method} ${request.url} ${requestId}`, stackOf(error));
    return problemOf('internal.error', 'The error was logged under this request id.', requestId);
  }
}

function codeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof HttpException) return CODE_OF_STATUS[error.getStatus()];
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? CODE_OF_FASTIFY_ERROR[code] : undefined;
  return known ?? (typeof statusCode === 'number' ? CODE_OF_STATUS[statusCode] : undefined);
}

function isDiskFull(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
