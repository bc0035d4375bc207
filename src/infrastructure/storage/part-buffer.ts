/** Cuts what comes in into parts of one size. */
export class PartBuffer {
  /** Bytes that ever came in. */
  received = 0;
  private chunks: Buffer[] = [];
  private length = 0;

  constructor(private readonly partBytes: number) {}

  /** @returns the parts that are now complete */
  add(chunk: Buffer): Buffer[] {
    this.chunks.push(chunk);
    this.received += chunk.length;
    this.length += chunk.length;
    if (this.length < this.partBytes) return [];
    const all = this.rest();
    const parts: Buffer[] = [];
    let start = 0;
    for (; all.length - start >= this.partBytes; start += this.partBytes) {
      parts.push(all.subarray(start, start + this.partBytes));
    }
    // A copy, as a view would keep all of it in memory.
    const left = Buffer.from(all.subarray(start));
    this.chunks = [left];
    this.length = left.length;
    return parts;
  }

  /** What is left over. */
  rest(): Buffer {
    return Buffer.concat(this.chunks, this.length);
  }
}
