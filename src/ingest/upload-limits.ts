import { DomainError } from '../common/domain-error.js';

/** How much may be uploaded. */
export class UploadLimits {
  constructor(
    /** Of one file. */
    readonly maxBytes: number,
    /** Of all that one user has; no limit when absent. */
    readonly quotaBytes?: number | undefined,
  ) {}
}

/** @throws DomainError `upload.too_large` */
export function refuseTooLarge(sizeBytes: number, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return;
  throw new DomainError('upload.too_large', `The file may have ${maxBytes} bytes at most.`);
}
