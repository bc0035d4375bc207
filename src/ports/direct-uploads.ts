import type { Readable } from 'node:stream';

/** A file that a client is going to send straight to the storage. */
export interface AnnouncedObject {
  key: string;
  contentType: string;
  sizeBytes: number;
  /** Lower-case hex; a claim until somebody has read the bytes. */
  sha256?: string | undefined;
}

/** Where to `PUT` bytes, with headers that must be sent exactly so, beside the right Content-Length. */
export interface SignedAddress {
  url: string;
  headers: Readonly<Record<string, string>>;
}

/** One part of an object that comes in several; numbers begin with 1. */
export interface PartSlot {
  number: number;
  /** How many bytes of the object come before it. */
  offset: number;
  sizeBytes: number;
}

/** An upload in parts that was begun and neither completed nor discarded. */
export interface OpenUpload {
  key: string;
  uploadId: string;
}

/** A part that the storage has confirmed. */
export interface StoredPart {
  number: number;
  etag: string;
}

/** A request to one of our own addresses. */
export interface IncomingContent {
  /** The last piece of the address. */
  token: string;
  contentType: string | undefined;
  /** As announced in the request's head; undefined when it was not. */
  sizeBytes: number | undefined;
  body: Readable;
}

/** What arrived. */
export interface ReceivedContent {
  key: string;
  /** Unquoted. */
  etag: string;
  /** Of a whole object; undefined for a part. */
  sha256: string | undefined;
}

/** The storage does not hold the parts that were named. */
export class PartsMissingError extends Error {
  override readonly name = 'PartsMissingError';
}

/**
 * Ways for clients to send objects to the storage themselves. An address is good for one key, length
 * and content type (and part), and for a while. Parts are no object before they are put together.
 */
export abstract class DirectUploads {
  /** For an object that comes in one piece. */
  abstract address(object: AnnouncedObject, seconds: number): Promise<SignedAddress>;

  /** Begins an object that comes in parts; returns the id of that upload. */
  abstract begin(object: AnnouncedObject): Promise<string>;

  /** For one part of an object that was begun. */
  abstract partAddress(
    object: AnnouncedObject,
    uploadId: string,
    part: PartSlot,
    seconds: number,
  ): Promise<SignedAddress>;

  /**
   * Makes the object of its parts, in the order given; afterwards no address of a part is good.
   *
   * @returns the SHA-256 of the object where that was learned on the way
   * @throws PartsMissingError
   */
  abstract complete(
    key: string,
    uploadId: string,
    parts: readonly StoredPart[],
  ): Promise<string | undefined>;

  /** Removes what there is of an object that was not completed; the object itself stays. */
  abstract discard(key: string, uploadId: string | null): Promise<void>;

  /** The same for every key that starts with `prefix`, which must end in `/`. */
  abstract discardTree(prefix: string): Promise<void>;

  /**
   * Uploads in parts that were begun before then, and to which nothing has come since; whoever began them. None
   * where the storage keeps them by key alone, and {@link discard} finds them without an id.
   */
  abstract untouchedSince(moment: Date): AsyncIterable<OpenUpload>;

  /** Whether an upload id is of the kind that this storage gives; nothing is asked of it. */
  abstract began(uploadId: string): boolean;

  /**
   * The key that the token of one of our own addresses is for, whether or not it has expired;
   * undefined for what is no such token, and always where the addresses are those of the storage.
   */
  abstract keyOf(token: string): string | undefined;

  /**
   * Takes in what a client sends to one of our own addresses; an object is never overwritten. A part that comes a
   * second time while the first is still on its way ends that one.
   *
   * @throws DomainError `upload.address_invalid`, `upload.state_conflict`, `upload.interrupted`,
   *   `upload.mismatch`, `upload.locked`
   */
  abstract receive(content: IncomingContent): Promise<ReceivedContent>;
}
