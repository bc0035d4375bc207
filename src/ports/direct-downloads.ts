/** What the client is told about an object, whoever sends it. */
export interface DownloadHeaders {
  contentType: string;
  cacheControl: string;
  contentDisposition: string | undefined;
}

/** Another way to the bytes of an object than through this process. */
export type Detour =
  /** A location of the proxy before us that no client can ask for; it adds the bytes to our answer. */
  | { kind: 'internal'; location: string }
  /** An address that is good for somewhat longer than `keepSeconds`. */
  | { kind: 'redirect'; url: string; keepSeconds: number };

/** Lets others send objects; who may have them was asked before. */
export abstract class DirectDownloads {
  /** Undefined where this process has to send the object. */
  abstract detour(key: string, headers: DownloadHeaders): Promise<Detour | undefined>;
}
