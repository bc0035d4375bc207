import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Where a request comes from. */
export interface RequestOrigin {
  /** IP address; forwarded addresses are believed from trusted proxies only. */
  address: string;
  userAgent: string;
}

const USER_AGENT_LENGTH = 400;

export function originOf(request: FastifyRequest): RequestOrigin {
  return {
    address: request.ip,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH),
  };
}

/** Injects the {@link RequestOrigin} into a handler that asks for no person; viewers have theirs. */
export const CurrentOrigin = createParamDecorator(
  (_: unknown, context: ExecutionContext): RequestOrigin =>
    originOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
