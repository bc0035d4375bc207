import type { Readable } from 'node:stream';

/** A file that comes in pieces, one after the other. */
export interface ResumableUpload {
  /** Of the object that it becomes. */
  key: string;
  /** What {@link ResumableUploads.begin} gave. */
  uploadId: string | null;
  /** Of the whole. */
  sizeBytes: number;
}

/** The storage knows nothing of an upload any more. */
export class UploadGoneError extends Error {
  override readonly name = 'UploadGoneError';
}

/**
 * Objects that grow at their end until they are whole. What is there survives the process that wrote
 * it, and counts as soon as {@link ResumableUploads.offset} says so. Nobody may append to an upload, or
 * complete it, beside somebody else: see `Locks`. What is never completed goes by the `discard` and
 * `discardTree` of `DirectUploads`, together with `deleteTree` of the storage.
 */
export abstract class ResumableUploads {
  /** @returns the id of the storage's own for it, if it has one */
  abstract begin(key: string, contentType: string): Promise<string | null>;

  /**
   * How many bytes are there; all of them, also when the object is complete.
   *
   * @throws UploadGoneError
   */
  abstract offset(upload: ResumableUpload): Promise<number>;

  /**
   * Adds the content at the end, as it comes. When this throws, none of it or a part of it is there.
   *
   * @param offset how many bytes are there
   * @returns how many there are now; they outlive a power cut
   * @throws DomainError `upload.offset_mismatch` when another number is there
   * @throws UploadGoneError
   */
  abstract append(upload: ResumableUpload, offset: number, content: Readable): Promise<number>;

  /**
   * Makes the object of an upload whose bytes are all there.
   *
   * @throws UploadGoneError also when that has been done before
   */
  abstract complete(upload: ResumableUpload): Promise<void>;

  /** Removes what there is of it beside the object; what is not there is no error. */
  abstract discard(upload: ResumableUpload): Promise<void>;
}
