import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { RequestOrigin } from './request-origin.js';

export type UserRole = 'viewer' | 'staff' | 'superuser';

/** The signed-in person behind a request, as the access guard found them. */
export interface Viewer {
  id: string;
  role: UserRole;
  isDemo: boolean;
  sessionId: string;
  /** True for staff that may do nothing else before they have a second factor. */
  mustSetUpSecondFactor: boolean;
  /** Where their request comes from. */
  origin: RequestOrigin;
  /** Of the catalogue, when the viewer was looked up: what was found in an older one may be out of date. */
  generation: string;
}

/**
 * What a route asks of whoever calls it; a route without a rule is closed to everybody.
 *
 * - `public`: nothing
 * - `session`: any session, also one that has yet to set up a second factor
 * - `account`: the same, with an account of their own: the way to set up that second factor
 * - `signed-in`: anybody who is signed in, demo guests too
 * - `member`: somebody with an account of their own
 * - `uploader`: who may upload, as the setting UPLOADS_BY says
 * - `staff`: staff and superusers
 * - `superuser`: superusers
 * - `service`: a program that signs its requests with a service key; no person, whatever their role
 */
export type AccessRule =
  | 'public'
  | 'session'
  | 'account'
  | 'signed-in'
  | 'member'
  | 'uploader'
  | 'staff'
  | 'superuser'
  | 'service';

/** The rules that ask for a person. */
export type PersonRule = Exclude<AccessRule, 'public' | 'service'>;

export const ACCESS_RULE = 'videoflix:access';

/** Declares who may call a route or all routes of a controller. */
export const Access = (rule: AccessRule) => SetMetadata(ACCESS_RULE, rule);

export const THROTTLED = 'videoflix:throttled';

/** Declares that whoever calls a route may do so only so often in a minute. */
export const Throttled = () => SetMetadata(THROTTLED, true);

/** Injects the signed-in {@link Viewer} into a handler that asks for a person. */
export const CurrentViewer = createParamDecorator(
  (_: unknown, context: ExecutionContext): Viewer => {
    const { viewer } = context.switchToHttp().getRequest<FastifyRequest & { viewer?: Viewer }>();
    if (!viewer) throw new Error('CurrentViewer used on a route that asks for no person');
    return viewer;
  },
);
