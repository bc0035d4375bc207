import {
  Catch,
  HttpException,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  StorageFullError,
  StorageRefusedError,
  StorageUnavailableError,
} from '../ports/media-storage.js';
import { databaseFailureOf } from './database-failure.js';
import { DomainError } from './domain-error.js';
import type { ErrorCode } from './error-codes.js';
import { problemOf, type Problem } from './problem.js';
import { TooManyRequestsError } from './too-many-requests.js';

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'request.invalid',
  401: 'auth.required',
  403: 'auth.forbidden',
  404: 'route.not_found',
  405: 'route.method_not_allowed',
  408: 'request.timeout',
  413: 'request.too_large',
  // A part of the path that is longer than any id is at no address of ours.
  414: 'route.not_found',
  415: 'request.unsupported_media_type',
  503: 'service.unavailable',
};

const CODE_OF_FASTIFY_ERROR: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'request.invalid_json',
};

/** How soon to ask again for what the storage or the database could not give; most restarts take no longer. */
const RETRY_SECONDS = 10;

/** The one place where an error becomes an HTTP answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Http');

  catch(error: unknown, host: ArgumentsHost): void {
    this.answer(error, host.switchToHttp().getRequest(), host.switchToHttp().getResponse());
  }

  /** Also for what Fastify refuses before a route is found, which no filter sees. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = this.describe(error, request);
    if (reply.sent) return;
    if (error instanceof TooManyRequestsError) {
      reply.header('retry-after', error.retryAfterSeconds);
    } else if (problem.code === 'service.unavailable') {
      reply.header('retry-after', RETRY_SECONDS);
    }
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
    if (error instanceof StorageUnavailableError) {
      return this.unavailable('storage', error, request);
    }
    const failure = databaseFailureOf(error);
    if (failure === 'away') return this.unavailable('database', error, request);
    if (failure === 'full' || isDiskFull(error)) {
      return problemOf('storage.full', 'There is no space left to write to.', requestId);
    }
    if (failure === 'unstorable-text') {
      return problemOf('request.invalid', 'Text must not hold the character NUL.', requestId);
    }
    this.logger.error(`${request.method} ${request.url} ${requestId}`, stackOf(error));
    if (isStorageRefusing(error)) {
      const detail = 'The storage refuses. The reason was logged under this request id.';
      return problemOf('service.unavailable', detail, requestId);
    }
    return problemOf('internal.error', 'The error was logged under this request id.', requestId);
  }

  private unavailable(part: string, error: unknown, { id, method, url }: FastifyRequest): Problem {
    this.logger.warn(`${method} ${url} ${id}: ${messageOf(error)}`);
    const detail = `The ${part} does not answer. Try again in a moment.`;
    return problemOf('service.unavailable', detail, id);
  }
}

function codeOf(error: unknown): ErrorCode | undefined {
  // Nest wraps what Fastify throws inside a route.
  const isWrapped = error instanceof HttpException;
  const thrown = (isWrapped && error.cause) || error;
  const { code, statusCode } = thrown as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? CODE_OF_FASTIFY_ERROR[code] : undefined;
  const status = isWrapped ? error.getStatus() : statusCode;
  return known ?? (typeof status === 'number' ? codeOfStatus(status) : undefined);
}

function codeOfStatus(status: number): ErrorCode | undefined {
  const isClientError = status >= 400 && status < 500;
  return CODE_OF_STATUS[status] ?? (isClientError ? 'request.invalid' : undefined);
}

function isDiskFull(error: unknown): boolean {
  if (error instanceof StorageFullError) return true;
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/**
 * Also of a disk that is gone, broken, or not to be written to: where a system call fails that neither starts a
 * program nor, as is found out before, reaches the database, it is about a file.
 */
function isStorageRefusing(error: unknown): boolean {
  if (error instanceof StorageRefusedError) return true;
  const { syscall } = error as NodeJS.ErrnoException;
  return syscall !== undefined && !syscall.startsWith('spawn');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
