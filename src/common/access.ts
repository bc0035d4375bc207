import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

export type UserRole = 'viewer' | 'staff' | 'superuser';

/** The signed-in person behind a request, as the access guard found them. */
export interface Viewer {
  id: string;
  role: UserRole;
  isDemo: boolean;
  sessionId: string;
}

/** What a route asks of whoever calls it. A route without a rule is closed to everybody. */
export type AccessRule = 'public' | 'signed-in' | 'uploader' | 'staff';

export const ACCESS_RULE = 'videoflix:access';

/** Declares who may call a route or all routes of a controller. */
export const Access = (rule: AccessRule) => SetMetadata(ACCESS_RULE, rule);

/** Injects the signed-in {@link Viewer} into a handler that is not public. */
export const CurrentViewer = createParamDecorator(
  (_: unknown, context: ExecutionContext): Viewer => {
    const { viewer } = context.switchToHttp().getRequest<FastifyRequest & { viewer?: Viewer }>();
    if (!viewer) throw new Error('CurrentViewer used on a public route');
    return viewer;
  },
);
