import { matchesOpaqueToken } from '../../common/opaque-token.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import type { Session } from './session.entity.js';

/** How long tabs of one browser may bring the refresh token that another tab has just exchanged. */
const REUSE_WINDOW_MILLISECONDS = 10_000;

/** The session a refresh token claims to belong to. */
export function sessionIdOf(refreshToken: string): string {
  return partsOf(refreshToken)[0];
}

/** What a refresh token is made of. */
export function partsOf(refreshToken: string): [id: string, secret: string] {
  const [id = '', secret = ''] = refreshToken.split('.');
  return [id, secret];
}

/** True when `secret` was exchanged a moment ago by the same browser. */
export function isJustExchanged(session: Session, secret: string, origin: RequestOrigin): boolean {
  const { previousHash, rotatedAt, userAgent } = session;
  if (!previousHash || !rotatedAt) return false;
  return (
    matchesOpaqueToken(previousHash, secret) &&
    Date.now() - rotatedAt.getTime() <= REUSE_WINDOW_MILLISECONDS &&
    userAgent === origin.userAgent
  );
}
