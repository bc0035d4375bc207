import { DomainError } from '../../common/domain-error.js';
import type { UploadGrant } from '../../common/upload-token.js';
import type { IncomingContent } from '../../ports/direct-uploads.js';

/**
 * Before a byte is read: what is announced has to be what was signed.
 *
 * @throws DomainError `upload.address_invalid`
 */
export function checkGrant(
  grant: UploadGrant | undefined,
  { contentType, sizeBytes }: Pick<IncomingContent, 'contentType' | 'sizeBytes'>,
): asserts grant {
  if (!grant) throw invalid('This is no address of an upload.');
  if (grant.expires * 1000 < Date.now()) throw invalid('The address has expired. Ask for another.');
  if (sizeBytes !== grant.sizeBytes) {
    throw invalid(`The address is for ${grant.sizeBytes} bytes, told in Content-Length.`);
  }
  if (contentType !== grant.contentType) {
    throw invalid(`The address is for the Content-Type ${grant.contentType}.`);
  }
}

function invalid(detail: string): DomainError {
  return new DomainError('upload.address_invalid', detail);
}
