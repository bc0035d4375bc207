import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { PartsMissingError, type PartSlot, type StoredPart } from '../../ports/direct-uploads.js';
import { codeOf, flushFolder } from './incoming-folder.js';
import { writeFlushed } from './flushed-write.js';

const CONTENT = 'content';

const READ_BYTES = 1024 ** 2;

/** A part that is whole and flushed. */
type WholePart = StoredPart & PartSlot;

/** The upload was put together, is being so, or was given up. */
export class PartsClosedError extends Error {
  override readonly name = 'PartsClosedError';
}

/**
 * An upload in parts: one file, in which each part is written at its place, and an empty file for each part that is
 * whole. While one is written, or after it broke off, it has none. Who writes a part must be the only one to do so.
 */
export class PartsFolder {
  private readonly closed: string;

  constructor(private readonly folder: string) {
    this.closed = `${folder}.closed`;
  }

  async create(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const handle = await open(path.join(this.folder, CONTENT), 'wx');
    await handle.close();
  }

  /**
   * By their numbers.
   *
   * @throws PartsClosedError
   */
  async parts(): Promise<Map<number, WholePart>> {
    const parts = await partsIn(this.folder);
    if (!parts) throw new PartsClosedError(this.folder);
    return parts;
  }

  /**
   * Writes a part in place of what there is of it. What breaks off leaves the upload without this part.
   *
   * @param part with another ETag at every attempt
   * @param stillAlone false once somebody else may write this part
   * @throws PartsClosedError
   */
  async write(part: WholePart, content: Readable, stillAlone: () => boolean): Promise<void> {
    try {
      await this.unmark(part.number);
      await this.fill(part, content);
      if (!stillAlone()) throw new Error(`part ${part.number} may be written by somebody else`);
      const mark = await open(this.pathOf(nameOf(part)), 'wx');
      await mark.close();
      await flushFolder(this.folder);
    } catch (error) {
      throw codeOf(error) === 'ENOENT'
        ? new PartsClosedError(this.folder, { cause: error })
        : error;
    }
  }

  /**
   * Lets nobody write any more. Whoever has begun to write has taken away the mark of its part by then.
   *
   * @returns the parts
   * @throws PartsMissingError when they are not exactly those that are named; parts may then come again
   */
  async close(named: readonly StoredPart[]): Promise<WholePart[]> {
    const there = await partsIn(this.folder);
    if (there) {
      inOrder(there, named);
      await rename(this.folder, this.closed);
    }
    // Also that of a process which was killed since.
    const parts = await partsIn(this.closed);
    if (!parts) throw new PartsMissingError(this.folder);
    try {
      const ordered = inOrder(parts, named);
      const { size } = await stat(this.content);
      if (size !== endOf(ordered)) throw new PartsMissingError(`there are ${size} bytes`);
      return ordered;
    } catch (error) {
      await rename(this.closed, this.folder);
      throw error;
    }
  }

  /** The file, once the upload is closed. */
  get content(): string {
    return path.join(this.closed, CONTENT);
  }

  /** What the file has from an offset on, once the upload is closed. */
  read(start: number): Readable {
    return createReadStream(this.content, { start, highWaterMark: READ_BYTES });
  }

  private async unmark(number: number): Promise<void> {
    const names = await readdir(this.folder);
    const marks = names.filter((name) => name.startsWith(`part-${number}-`));
    if (marks.length === 0) return;
    for (const name of marks) await rm(this.pathOf(name), { force: true });
    // A power cut must not bring one back beside other bytes.
    await flushFolder(this.folder);
  }

  private async fill(slot: PartSlot, content: Readable): Promise<void> {
    const handle = await open(this.pathOf(CONTENT), 'r+');
    const sizeBytes = await writeFlushed(content, handle, slot.offset);
    if (sizeBytes !== slot.sizeBytes) throw new Error(`part ${slot.number} has ${sizeBytes} bytes`);
  }

  private pathOf(name: string): string {
    return path.join(this.folder, name);
  }
}

/** The offset at which the last of them ends. */
export function endOf(parts: readonly PartSlot[]): number {
  const last = parts.at(-1);
  return last ? last.offset + last.sizeBytes : 0;
}

/** Without gaps, from the first byte on. */
function inOrder(parts: ReadonlyMap<number, WholePart>, named: readonly StoredPart[]): WholePart[] {
  const ordered: WholePart[] = [];
  for (const { number, etag } of named) {
    const part = parts.get(number);
    if (part?.etag !== etag || part.offset !== endOf(ordered)) {
      throw new PartsMissingError(`part ${number} with the ETag ${etag}`);
    }
    ordered.push(part);
  }
  return ordered;
}

function nameOf({ number, offset, sizeBytes, etag }: WholePart): string {
  return `part-${number}-${offset}-${sizeBytes}-${etag}`;
}

/** Undefined when there is no such folder. */
async function partsIn(folder: string): Promise<Map<number, WholePart> | undefined> {
  try {
    const parts = (await readdir(folder)).flatMap(partNamed);
    return new Map(parts.map((part) => [part.number, part]));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function partNamed(name: string): WholePart[] {
  const [, number, offset, sizeBytes, etag] = /^part-(\d+)-(\d+)-(\d+)-(\w+)$/.exec(name) ?? [];
  if (etag === undefined) return [];
  return [{ number: Number(number), offset: Number(offset), sizeBytes: Number(sizeBytes), etag }];
}
