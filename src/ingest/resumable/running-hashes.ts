import { createHash, type Hash } from 'node:crypto';

/** Of the uploads that this process has heard from last; any other is hashed when it is complete. */
const REMEMBERED = 1000;

/** The SHA-256 of what has come in so far, as long as it comes to the same process in one order. */
export class RunningHashes {
  private readonly running = new Map<string, { hash: Hash; offset: number }>();

  /** What goes on at an offset; undefined when this process does not know what came before. */
  resume(id: string, offset: number): Hash | undefined {
    if (offset === 0) return createHash('sha256');
    const known = this.running.get(id);
    return known?.offset === offset ? known.hash.copy() : undefined;
  }

  /** Remembers one for the next piece. */
  keep(id: string, hash: Hash, offset: number): void {
    this.running.delete(id);
    this.running.set(id, { hash, offset });
    const [oldest] = this.running.keys();
    if (this.running.size > REMEMBERED && oldest !== undefined) this.running.delete(oldest);
  }

  forget(id: string): void {
    this.running.delete(id);
  }
}
