import { CacheableMemory } from '@cacheable/memory';
import { Injectable } from '@nestjs/common';

/** What an access token says: whose it is, of which session, and until when, in seconds since 1970. */
export interface AccessClaims {
  sub: string;
  sid: string;
  exp: number;
}

const MOST_TOKENS = 10_000;

/** Access tokens whose signature was right when they came first, which is not checked at every request. */
@Injectable()
export class KnownTokens {
  private readonly claims = new CacheableMemory({ lruSize: MOST_TOKENS, useClone: false });

  remember(token: string, claims: AccessClaims): void {
    this.claims.set(token, claims);
  }

  /** Undefined for one that has expired, too. */
  find(token: string): AccessClaims | undefined {
    const claims = this.claims.get<AccessClaims>(token);
    return claims && claims.exp * 1000 > Date.now() ? claims : undefined;
  }
}
