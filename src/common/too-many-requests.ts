import { DomainError } from './domain-error.js';

/** The caller must wait; answered with `Retry-After` (RFC 9110 10.2.3). */
export class TooManyRequestsError extends DomainError {
  constructor(
    detail: string,
    readonly retryAfterSeconds: number,
    code: 'request.too_many' | 'auth.locked' = 'request.too_many',
  ) {
    super(code, detail);
  }
}
