import type { Readable } from 'node:stream';
import { ResumableUploads, type ResumableUpload } from '../../ports/resumable-uploads.js';

/** The same upload in either storage; only a bucket gives ids of its own. */
export interface BothUploads {
  disk: ResumableUploads;
  bucket: ResumableUploads;
}

/** While objects move to another storage: uploads that clients have begun end where they began, new ones begin there. */
export class FallbackResumableUploads extends ResumableUploads {
  constructor(
    private readonly current: ResumableUploads,
    private readonly both: BothUploads,
  ) {
    super();
  }

  override begin(key: string, contentType: string): Promise<string | null> {
    return this.current.begin(key, contentType);
  }

  override offset(upload: ResumableUpload): Promise<number> {
    return this.beginnerOf(upload).offset(upload);
  }

  override append(upload: ResumableUpload, offset: number, content: Readable): Promise<number> {
    return this.beginnerOf(upload).append(upload, offset, content);
  }

  override complete(upload: ResumableUpload): Promise<void> {
    return this.beginnerOf(upload).complete(upload);
  }

  override discard(upload: ResumableUpload): Promise<void> {
    return this.beginnerOf(upload).discard(upload);
  }

  private beginnerOf({ uploadId }: ResumableUpload): ResumableUploads {
    return uploadId === null ? this.both.disk : this.both.bucket;
  }
}
