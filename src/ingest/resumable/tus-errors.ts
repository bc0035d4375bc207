import { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  404: 'upload.not_found',
  409: 'upload.offset_mismatch',
  410: 'upload.expired',
  412: 'upload.unsupported_version',
  413: 'upload.too_large',
};

/** What the protocol's server threw, as we say it; any other error is left as it is. */
export function toDomainError(error: unknown): unknown {
  const { status_code: status, body } = error as { status_code?: unknown; body?: unknown };
  if (error instanceof DomainError || typeof status !== 'number') return error;
  return toRefusal(status, String(body));
}

/** An answer of the protocol's server that is an error, as we say it. */
export function toRefusal(status: number, body: string): DomainError {
  const detail = body.trim().replace(/[^.]$/, '$&.');
  // Such as `Invalid upload-length upload-offset`.
  const [, headers] = /^Invalid ([a-z -]+)$/.exec(body.trim()) ?? [];
  const errors = headers?.split(' ').map((field) => ({ field, message: 'is not valid' }));
  return new DomainError(CODE_OF_STATUS[status] ?? 'request.invalid', detail, errors);
}
