import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { DomainError } from '../../common/domain-error.js';

/** How long a client may send nothing. */
const PATIENCE_MILLISECONDS = 60_000;

/** A client that has sent nothing for so long gives way to another request for the same upload. */
const IDLE_MILLISECONDS = 2000;

const LOOK_MILLISECONDS = 1000;

/**
 * The body of a request, as far as it comes: whatever ends it early is an end of the bytes and no error,
 * since those that are here count.
 */
export class IncomingBytes {
  /** True when there would have been more. */
  wasCut = false;
  private gate: Gate | undefined;
  private heardAt = Date.now();
  private isStopped = false;

  constructor(private readonly body: Readable) {}

  /**
   * @param limit bytes
   * @param refusal what whoever sends more is told
   */
  read(limit: number, refusal = longerThanAnnounced): Readable {
    const gate = new Gate(limit, refusal);
    this.gate = gate;
    this.heardAt = Date.now();
    const { body } = this;
    const watch = setInterval(() => this.look(), LOOK_MILLISECONDS);
    gate.once('close', () => clearInterval(watch));
    // It may fail before anybody reads it.
    gate.on('error', () => undefined);
    body.on('data', () => (this.heardAt = Date.now()));
    body.once('end', () => gate.end());
    body.on('error', () => this.stop());
    body.once('close', () => this.stop());
    if (this.isStopped || (body.destroyed && !body.readableEnded)) this.stop();
    else if (body.readableEnded) gate.end();
    else body.pipe(gate, { end: false });
    return gate;
  }

  /** Takes no more. */
  stop(): void {
    this.isStopped = true;
    const { gate } = this;
    if (!gate || gate.writableEnded || gate.destroyed) return;
    this.wasCut = true;
    this.body.unpipe(gate);
    gate.end();
  }

  /** Takes no more of a client that seems to be gone. */
  stopIfIdle(): void {
    // One that waits for its own turn has not been heard yet.
    if (this.gate && this.isWaitingFor(IDLE_MILLISECONDS)) this.stop();
  }

  private look(): void {
    if (this.isWaitingFor(PATIENCE_MILLISECONDS)) this.stop();
  }

  /** Whether it is the client that we have waited for, and not the storage. */
  private isWaitingFor(milliseconds: number): boolean {
    const { gate } = this;
    if (gate && gate.readableLength + gate.writableLength > 0) this.heardAt = Date.now();
    return Date.now() - this.heardAt >= milliseconds;
  }
}

class Gate extends Transform {
  private received = 0;

  constructor(
    private readonly limit: number,
    private readonly refusal: () => DomainError,
  ) {
    super({ highWaterMark: 256 * 1024 });
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.received += chunk.length;
    if (this.received <= this.limit) done(null, chunk);
    else done(this.refusal());
  }
}

function longerThanAnnounced(): DomainError {
  return new DomainError('upload.too_large', 'The file is longer than was announced.');
}
