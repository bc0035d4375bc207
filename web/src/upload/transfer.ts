import { Upload, type DetailedError, type HttpRequest, type HttpResponse } from 'tus-js-client';

import { UPLOADS_ADDRESS } from '../api/uploads';
import { readMetadata, type Metadata } from './details';
import { printOf } from './file-print';
import { fingerprintOf, idOf } from './matching';
import { outcomeOf, VIDEO_ID, type Outcome } from './outcome';
import { authorise, demandUser, doubtSession } from './requests';

/** Proxies in front of a server often take no more than 100 MB in one request. */
const PIECE_BYTES = 64 * 1024 ** 2;

/** A connection that moves nothing for so long is taken for dead. */
const SILENCE_MS = 120_000;

/** What is sent, and for whom. */
interface Shipment {
  userId: string;
  file: File;
  metadata: Metadata;
  /** Where it goes on; undefined for one that is to be begun. */
  url: string | undefined;
}

export interface TransferEvents {
  onUrl: (url: string) => void;
  /** What the server was told of the file when the upload was begun. */
  onMetadata: (metadata: Metadata) => void;
  /** Bytes that have left; some may not have arrived. */
  onProgress: (sentBytes: number) => void;
  /** Bytes that the server says it has. */
  onStored: (storedBytes: number) => void;
  onEnd: (outcome: Outcome) => void;
}

/** One attempt to send a file, or the rest of it. */
export class Transfer {
  private readonly upload: Upload;
  private isWanted = true;
  private isCreating: boolean;
  private silence: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly shipment: Shipment,
    private readonly events: TransferEvents,
  ) {
    const { file, metadata, url } = shipment;
    this.isCreating = url === undefined;
    this.upload = new Upload(file, {
      // Without one, an upload that is gone is an error, and not silently begun again.
      endpoint: url === undefined ? UPLOADS_ADDRESS : null,
      metadata,
      chunkSize: PIECE_BYTES,
      // Whether and when it goes on is decided by whoever started it.
      retryDelays: null,
      fingerprint: (sent) => Promise.resolve(fingerprintOf(sent)),
      removeFingerprintOnSuccess: true,
      onBeforeRequest: (request) => this.prepare(request),
      onAfterResponse: (_, response) => this.answered(response),
      onUploadUrlAvailable: () => this.created(),
      onProgress: (sentBytes) => this.progressed(sentBytes),
      onSuccess: ({ lastResponse }) => this.succeeded(lastResponse),
      onError: (error) => void this.failed(error),
    });
  }

  start(): void {
    this.listen();
    void this.begin();
  }

  /**
   * Stops. Nothing is said any more, but for the address of an upload that is just being made: broken
   * off, that request would leave one behind that nobody knows.
   */
  stop(): void {
    this.isWanted = false;
    clearTimeout(this.silence);
    if (!this.isCreating) void this.upload.abort();
  }

  /** Takes a stop back, as long as it waits; false when it is too late for that. */
  goOn(): boolean {
    if (this.isCreating) {
      this.isWanted = true;
      this.listen();
    }
    return this.isCreating;
  }

  private async begin(): Promise<void> {
    const { file, metadata, url } = this.shipment;
    if (url !== undefined) {
      const id = idOf(url);
      const known = (await this.upload.findPreviousUploads()).find(
        ({ uploadUrl }) => uploadUrl !== null && idOf(uploadUrl) === id,
      );
      if (known) this.upload.resumeFromPreviousUpload(known);
      else this.upload.options.uploadUrl = url;
      if (!this.isWanted) return;
    } else {
      const fingerprint = await printOf(file);
      if (fingerprint !== undefined) {
        this.upload.options.metadata = { ...metadata, fingerprint };
      }
    }
    this.upload.start();
  }

  private async prepare(request: HttpRequest): Promise<void> {
    await authorise(request);
    if (request.getMethod() === 'POST') await demandUser(this.shipment.userId);
    if (!this.isWanted) throw new DOMException('Upload stopped', 'AbortError');
  }

  private answered(response: HttpResponse): void {
    if (!this.isWanted) return;
    const metadata = response.getHeader('Upload-Metadata');
    if (metadata) this.events.onMetadata(readMetadata(metadata));
    const offset = response.getHeader('Upload-Offset');
    if (offset) this.events.onStored(Number(offset));
  }

  private created(): void {
    this.isCreating = false;
    if (this.upload.url !== null) this.events.onUrl(this.upload.url);
    if (!this.isWanted) void this.upload.abort();
  }

  private progressed(sentBytes: number): void {
    if (!this.isWanted) return;
    this.listen();
    this.events.onProgress(sentBytes);
  }

  private succeeded(response: HttpResponse): void {
    const videoId = response.getHeader(VIDEO_ID);
    if (videoId) this.end({ name: 'sent', videoId });
    else this.end({ name: 'refused', reason: 'The server did not say what became of the file.' });
  }

  private async failed(error: Error | DetailedError): Promise<void> {
    this.isCreating = false;
    clearTimeout(this.silence);
    if (!this.isWanted) return;
    const response = 'originalResponse' in error ? error.originalResponse : null;
    if (response?.getStatus() === 401) {
      doubtSession();
      this.end({ name: 'later', reason: 'Your session is being renewed.' });
    } else if (!response && !(await isReadable(this.shipment.file))) {
      this.end({ name: 'refused', reason: UNREADABLE });
    } else this.end(outcomeOf(error));
  }

  private end(outcome: Outcome): void {
    clearTimeout(this.silence);
    if (!this.isWanted) return;
    this.isWanted = false;
    this.events.onEnd(outcome);
  }

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.isCreating = false;
      void this.upload.abort();
      this.end({ name: 'later', reason: 'Nothing came through. It is tried again.' });
    }, SILENCE_MS);
  }
}

const UNREADABLE =
  'The file cannot be read any more: it was changed, moved or removed. Cancel, and choose it again.';

/** A browser reports a file that has changed on the disk as a lost connection. */
async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}
