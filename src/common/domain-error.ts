import type { ErrorCode } from './error-codes.js';

/** One wrong field of a request. */
export interface FieldError {
  field: string;
  message: string;
}

/** What services throw: a code of the closed table and plain words. One filter turns it into HTTP. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    readonly errors?: readonly FieldError[],
  ) {
    super(`${code}: ${detail}`);
  }
}
