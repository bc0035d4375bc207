import { Readable } from 'node:stream';
import { StorageUnavailableError } from '../../ports/media-storage.js';

/** How often in a row an object's bytes may break off without one more byte in between. */
const RESUMES = 3;

/**
 * The bytes of an object, over connections that may break: what is missing then is asked for again,
 * once somebody wants it. Whoever reads gets all the bytes, or a `StorageUnavailableError`.
 */
export class ResumingBody extends Readable {
  private received = 0;
  private resumes = 0;
  private isWanted = false;
  private broken: Error | undefined;

  /**
   * @param body of the first answer
   * @param reopen gives what the same version of the object has from this offset in the body
   */
  constructor(
    private body: Readable,
    private readonly reopen: (offset: number) => Promise<Readable>,
  ) {
    super();
    this.follow(body);
  }

  override _read(): void {
    this.isWanted = true;
    if (this.broken) void this.resumeAfter(this.broken);
    else this.body.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.body.destroy();
    done(error);
  }

  private follow(body: Readable): void {
    this.body = body;
    body.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      this.resumes = 0;
      this.isWanted = this.push(chunk);
      if (!this.isWanted) body.pause();
    });
    body.on('end', () => this.push(null));
    body.on('error', (error) => {
      if (this.isWanted) void this.resumeAfter(error);
      else this.broken = error;
    });
    if (!this.isWanted) body.pause();
    // Given up while it was opened.
    if (this.destroyed) body.destroy();
  }

  private async resumeAfter(error: Error): Promise<void> {
    this.broken = undefined;
    if (this.destroyed) return;
    this.resumes += 1;
    try {
      if (this.resumes > RESUMES) throw error;
      this.follow(await this.reopen(this.received));
    } catch (cause) {
      this.destroy(
        new StorageUnavailableError('the object broke off and cannot be read on', { cause }),
      );
    }
  }
}
