import type { Readable } from 'node:stream';

/** A client that has sent nothing for so long gives way to another request for the same bytes. */
const IDLE_MILLISECONDS = 2000;

/** The body of a request. It stays open when the storage takes no more of it, so that its sender can be told why. */
export class SentBody {
  private heardAt = Date.now();

  constructor(readonly content: Readable) {
    const hear = () => (this.heardAt = Date.now());
    content.pause().on('data', hear).on('resume', hear);
  }

  /** Ends it with an error for whoever reads it. */
  stop(): void {
    this.content.destroy();
  }

  /** Takes no more of a client that seems to be gone. */
  stopIfIdle(): void {
    // While it is paused, it is the storage that is waited for.
    const isWaiting = !this.content.isPaused() && !this.content.readableEnded;
    if (isWaiting && Date.now() - this.heardAt >= IDLE_MILLISECONDS) this.stop();
  }
}
