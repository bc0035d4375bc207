import { Logger } from '@nestjs/common';

const GATHERED_MILLISECONDS = 1000;

/**
 * Gathers what is to be added to counters and writes it together a second later, so that a title that
 * everybody watches is one write a second, and not a queue at its row. What was not written is tried
 * again. A process that is killed loses the last second; one that is told to end writes it first.
 */
export class WriteBuffer<T> {
  private readonly logger = new Logger('WriteBuffer');
  private gathered = new Map<string, T>();
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private isClosing = false;

  /** @param write writes all of a batch, or nothing and throws */
  constructor(
    private readonly merge: (one: T, other: T) => T,
    private readonly write: (batch: ReadonlyMap<string, T>) => Promise<void>,
  ) {}

  async add(key: string, value: T): Promise<void> {
    this.gather(key, value);
    if (this.isClosing) await this.flush();
  }

  /** Writes what is there, and from here on everything at once. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.flush();
  }

  private gather(key: string, value: T): void {
    const before = this.gathered.get(key);
    this.gathered.set(key, before === undefined ? value : this.merge(before, value));
    this.timer ??= setTimeout(() => void this.flush(), GATHERED_MILLISECONDS).unref();
  }

  private flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    // One batch at a time: one that waits for the database is not overtaken.
    this.writing = this.writing.then(() => this.writeGathered());
    return this.writing;
  }

  private async writeGathered(): Promise<void> {
    const batch = this.gathered;
    if (batch.size === 0) return;
    this.gathered = new Map();
    try {
      await this.write(batch);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn(`counts of ${batch.size} videos are written later: ${reason}`);
      for (const [key, value] of batch) this.gather(key, value);
    }
  }
}
