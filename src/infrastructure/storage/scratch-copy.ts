import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Keeps an object's bytes in a file of a folder, whole or not at all; its extension is that of the key. */
export async function scratchCopy(content: Readable, key: string, folder: string): Promise<string> {
  const file = path.join(folder, randomUUID() + path.extname(key));
  const draft = `${file}.part`;
  try {
    await pipeline(content, createWriteStream(draft));
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  return file;
}
