import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';

/**
 * Injects the viewer of a `session` route that is for people with an account of their own: staff
 * who have yet to set up a second factor may call it, demo guests may not.
 *
 * @throws DomainError `auth.forbidden`
 */
export const CurrentMember = createParamDecorator(
  (_: unknown, context: ExecutionContext): Viewer => {
    const { viewer } = context.switchToHttp().getRequest<FastifyRequest & { viewer?: Viewer }>();
    if (!viewer) throw new Error('CurrentMember used on a public route');
    if (viewer.isDemo) throw new DomainError('auth.forbidden', 'Demo guests cannot do this.');
    return viewer;
  },
);
