import { DomainError } from '../../common/domain-error.js';

/** By the names that tus and Node have in common, with the bytes of their digests. */
const DIGEST_BYTES = { sha1: 20, sha256: 32 } as const;

export const CHECKSUM_ALGORITHMS = Object.keys(DIGEST_BYTES);

/** How long a piece may be that waits on our disk until it has been compared. */
export const COMPARED_BYTES = 64 * 1024 ** 2;

/** What the bytes of one request have to hash to. */
export interface UploadChecksum {
  algorithm: keyof typeof DIGEST_BYTES;
  digest: Buffer;
}

/**
 * An Upload-Checksum header: an algorithm, a space, and the digest in Base64.
 *
 * @throws DomainError `request.invalid`
 */
export function readChecksumHeader(header: string): UploadChecksum {
  const [algorithm = '', text = '', ...more] = header.split(' ');
  if (!isKnown(algorithm)) throw wrong(`is known for ${CHECKSUM_ALGORITHMS.join(' and ')} only`);
  const digest = Buffer.from(text, 'base64');
  const isWhole = digest.length === DIGEST_BYTES[algorithm];
  if (more.length > 0 || !isWhole || digest.toString('base64') !== text) {
    throw wrong(`has to be a digest of ${DIGEST_BYTES[algorithm]} bytes in Base64`);
  }
  return { algorithm, digest };
}

/** Of a piece that would wait for its comparison longer than we have room for. */
export function pieceTooLarge(): DomainError {
  return new DomainError(
    'request.too_large',
    `With a checksum, send at most ${COMPARED_BYTES} bytes (64 MiB) at a time.`,
  );
}

function isKnown(algorithm: string): algorithm is UploadChecksum['algorithm'] {
  return Object.hasOwn(DIGEST_BYTES, algorithm);
}

function wrong(message: string): DomainError {
  return new DomainError('request.invalid', 'The checksum cannot be read.', [
    { field: 'Upload-Checksum', message },
  ]);
}
