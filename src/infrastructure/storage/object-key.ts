import { ObjectNotFoundError } from '../../ports/media-storage.js';

/** What may stand between slashes: a file name on every system, never `.`, `..` or a hidden file. */
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/;

/** Of a whole key, in bytes, as S3 has it. */
const MAX_KEY_LENGTH = 1024;

/** True for keys that every storage takes and that mean the same in all of them. */
export function isObjectKey(key: string): boolean {
  return key.length <= MAX_KEY_LENGTH && key.split('/').every((segment) => SEGMENT.test(segment));
}

/** @throws ObjectNotFoundError, since no object can have such a key */
export function checkKey(key: string): void {
  if (!isObjectKey(key)) {
    throw new ObjectNotFoundError(`not an object key: ${JSON.stringify(key.slice(0, 200))}`);
  }
}

/** @throws RangeError unless the prefix is a key followed by a slash */
export function checkPrefix(prefix: string): void {
  if (!prefix.endsWith('/') || !isObjectKey(prefix.slice(0, -1))) {
    throw new RangeError(`not a prefix of object keys: ${JSON.stringify(prefix.slice(0, 200))}`);
  }
}
