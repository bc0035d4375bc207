import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

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
  private readonly claims = new LRUCache<string, AccessClaims>({ max: MOST_TOKENS });

  remember(token: string, claims: AccessClaims): void {
    this.claims.set(token, claims);
  }

  /** Undefined for one that has expired, too. */
  find(token: string): AccessClaims | undefined {
    const claims = this.claims.get(token);
    return claims && claims.exp * 1000 > Date.now() ? claims : undefined;
  }
}
