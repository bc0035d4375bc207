import { finished, type Readable } from 'node:stream';

/** So much is handed on at once: to write each chunk by itself costs more than to write it. */
export const GATHERED_BYTES = 1024 ** 2;

/** Whoever sends little has it handed on all the same. */
const GATHERING_MILLISECONDS = 100;

/**
 * The chunks of a stream, in batches of a mebibyte or a little more; smaller ones where they come slowly. One batch is
 * gathered while another is used. The stream stays open, paused, when no more is asked for.
 *
 * @throws Error whatever ends the stream early
 */
export async function* gathered(content: Readable): AsyncIterable<Buffer[]> {
  const gathering = new Gathering(content);
  try {
    for (;;) {
      const batch = await gathering.next();
      if (batch.length === 0) return;
      yield batch;
    }
  } finally {
    gathering.stop();
  }
}

/** Listens to a stream, which costs less for each of its chunks than to ask for it. */
class Gathering {
  private chunks: Buffer[] = [];
  private bytes = 0;
  private timer: NodeJS.Timeout | undefined;
  private isDue = false;
  private isOver = false;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;
  private readonly forget: () => void;

  constructor(private readonly content: Readable) {
    this.forget = finished(content, { writable: false }, (error) => {
      this.isOver = true;
      if (error) this.failure = error;
      this.wake?.();
    });
    content.on('data', this.take).resume();
  }

  /** Empty after the last. */
  async next(): Promise<Buffer[]> {
    if (!this.isReady) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = undefined;
    if (this.failure) throw this.failure;
    const { chunks } = this;
    this.clear();
    this.content.resume();
    return chunks;
  }

  /** Takes no more. */
  stop(): void {
    this.clear();
    this.forget();
    this.content.off('data', this.take);
    this.content.pause();
  }

  private get isReady(): boolean {
    return this.bytes >= GATHERED_BYTES || this.isDue || this.isOver;
  }

  private readonly take = (chunk: Buffer | string): void => {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    this.chunks.push(bytes);
    this.bytes += bytes.length;
    if (this.bytes >= GATHERED_BYTES) {
      this.content.pause();
      this.wake?.();
    } else {
      this.timer ??= setTimeout(() => {
        this.isDue = true;
        this.wake?.();
      }, GATHERING_MILLISECONDS);
    }
  };

  private clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.isDue = false;
    this.chunks = [];
    this.bytes = 0;
  }
}
