import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';

/** The keys of playback links as a proxy that checks tokens reads them: number to 64 hex digits. */
export type KeysDocument = Readonly<Record<string, string>>;

/**
 * Keeps the file up to date that a proxy on this machine reads (mode 0640). It is replaced as a whole,
 * so nobody ever reads half of it.
 */
export async function writeKeysFile(file: string, keys: KeysDocument): Promise<void> {
  const text = `${JSON.stringify(keys)}\n`;
  if ((await readFile(file, 'utf8').catch(() => '')) === text) return;
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, text, { mode: 0o640, flush: true });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
