import { createHash, type Hash } from 'node:crypto';

/** Of the uploads that this process has heard from last; any other is read when it is complete. */
const REMEMBERED = 1000;

interface Prefix {
  parts: number;
  /** Of the ETags of those parts. */
  print: string;
  hash: Hash;
}

/**
 * The SHA-256 of the first parts of an upload, as long as they come to the same process one after the other. A part
 * that came again has another ETag, so that what was known of the one before does not count for it.
 */
export class PrefixHashes {
  private readonly known = new Map<string, Prefix>();

  /** What is known of the longest beginning of these parts: a hash to go on with, and how many parts it covers. */
  resume(uploadId: string, etags: readonly string[]): { hash: Hash; parts: number } {
    const prefix = this.known.get(uploadId);
    if (prefix && printOf(etags.slice(0, prefix.parts)) === prefix.print) {
      return { hash: prefix.hash.copy(), parts: prefix.parts };
    }
    return { hash: createHash('sha256'), parts: 0 };
  }

  keep(uploadId: string, etags: readonly string[], hash: Hash): void {
    this.known.delete(uploadId);
    this.known.set(uploadId, { parts: etags.length, print: printOf(etags), hash });
    const [oldest] = this.known.keys();
    if (this.known.size > REMEMBERED && oldest !== undefined) this.known.delete(oldest);
  }

  forget(uploadId: string): void {
    this.known.delete(uploadId);
  }
}

/** Says how many they are, too. */
function printOf(etags: readonly string[]): string {
  return createHash('sha256').update(etags.join()).digest('base64');
}
