import type { Readable } from 'node:stream';

/** A client that has sent nothing for so long gives way to another request for the same bytes. */
const IDLE_MILLISECONDS = 2000;

/** The body of a request. It stays open when the storage takes no more of it, so that its sender can be told why. */
export class SentBody {
  /** Undefined while it is the storage that is waited for. */
  private waitingSince: number | undefined;

  constructor(private readonly body: Readable) {}

  async *chunks(): AsyncIterable<Buffer> {
    this.waitingSince = Date.now();
    for await (const chunk of this.body.iterator({ destroyOnReturn: false })) {
      this.waitingSince = undefined;
      yield chunk as Buffer;
      this.waitingSince = Date.now();
    }
    this.waitingSince = undefined;
  }

  /** Ends it with an error for whoever reads it. */
  stop(): void {
    this.body.destroy();
  }

  /** Takes no more of a client that seems to be gone. */
  stopIfIdle(): void {
    const { waitingSince } = this;
    if (waitingSince !== undefined && Date.now() - waitingSince >= IDLE_MILLISECONDS) this.stop();
  }
}
