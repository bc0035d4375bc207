import { createHash } from 'node:crypto';
import { hashed, sha256Of } from '../../common/object-hash.js';
import { ifFound, type MediaStorage } from '../../ports/media-storage.js';

/**
 * What came of an object: it lies in the new storage alone; it was deleted meanwhile; it changed meanwhile;
 * both storages have one that the other may not replace; or the new storage did not keep it as it is, and only the
 * old one has it.
 */
export type MoveOutcome = 'moved' | 'gone' | 'changed' | 'differs' | 'spoiled';

/**
 * Moves one object: copies it, compares the SHA-256 of what was read with that of what was written, and only
 * then deletes it. Cut short at any moment, it leaves the object in one storage or in both.
 *
 * @param stillAlone rejects when another process might move objects as well
 */
export async function moveObject(
  key: string,
  { from, to }: { from: MediaStorage; to: MediaStorage },
  stillAlone: () => Promise<void>,
): Promise<MoveOutcome> {
  const before = await ifFound(from.info(key));
  if (!before) return 'gone';
  const present = await ifFound(to.info(key));
  const wanted = await ifFound(
    present ? sha256Of(from, key) : copy(key, before.sizeBytes, { from, to }),
  );
  if (wanted === undefined) return 'gone';
  const kept = await ifFound(sha256Of(to, key));
  // Deleted a moment ago; the next run finds out.
  if (kept === undefined) return 'changed';
  if (wanted !== kept) {
    if (!present) {
      await to.delete(key);
      return 'spoiled';
    }
    // What is written goes to the new storage, so the younger one there is what counts.
    if (present.modifiedAt <= before.modifiedAt) return 'differs';
  }
  const after = await ifFound(from.info(key));
  await stillAlone();
  if (after?.etag === before.etag) {
    await from.delete(key);
    return 'moved';
  }
  // Deleted in the old storage, and perhaps in the new one before it was here.
  if (!after || !present) await to.delete(key);
  return after ? 'changed' : 'gone';
}

async function copy(
  key: string,
  sizeBytes: number,
  { from, to }: { from: MediaStorage; to: MediaStorage },
): Promise<string> {
  const hash = createHash('sha256');
  await to.write(key, hashed(await from.read(key), hash), sizeBytes);
  return hash.digest('hex');
}
