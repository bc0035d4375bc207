import { requestContext } from '@fastify/request-context';
import type { FastifyRequest } from 'fastify';

/** Where a request comes from. */
export interface RequestOrigin {
  /** IP address; forwarded addresses are believed from trusted proxies only. */
  address: string;
  userAgent: string;
}

declare module '@fastify/request-context' {
  interface RequestContextData {
    origin: RequestOrigin;
  }
}

const USER_AGENT_LENGTH = 400;

export function originOf(request: FastifyRequest): RequestOrigin {
  return {
    address: request.ip,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, USER_AGENT_LENGTH),
  };
}

/** Where the request that is being answered comes from; undefined for commands and jobs. */
export function currentOrigin(): RequestOrigin | undefined {
  return requestContext.get('origin');
}
