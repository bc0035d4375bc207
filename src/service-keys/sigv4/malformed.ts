import { DomainError } from '../../common/domain-error.js';

/** The answer to a signature that cannot be read, or that leaves out what it must cover. */
export function malformed(detail: string): DomainError {
  return new DomainError('auth.malformed_signature', detail);
}
