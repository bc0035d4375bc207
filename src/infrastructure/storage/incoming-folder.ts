import { access, link, mkdir, open, rm, unlink } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../../common/domain-error.js';
import { checkKey, checkPrefix } from './object-key.js';

/** Folders may vanish between their making and their use: deletions remove those that are empty. */
const LINK_ATTEMPTS = 20;

/**
 * What clients are sending, below `.incoming` on the file system of the objects: a folder for each key.
 * An object appears by being linked to its place, which fails where there is one already.
 */
export class IncomingFolder {
  private readonly root: string;
  private readonly incoming: string;

  constructor(root: string) {
    this.root = path.resolve(root);
    this.incoming = path.join(this.root, '.incoming');
  }

  folderOf(key: string, ...below: string[]): string {
    checkKey(key);
    return path.join(this.incoming, key, ...below);
  }

  /** Where the object lies once it is complete. */
  placeOf(key: string): string {
    checkKey(key);
    return path.join(this.root, key);
  }

  /** @throws DomainError `upload.state_conflict` when there is an object with this key */
  async refuseSecond(key: string): Promise<void> {
    const taken = await access(this.placeOf(key)).then(
      () => true,
      () => false,
    );
    if (taken) throw hereAlready();
  }

  /**
   * Makes a file the object. Both the bytes, once they are flushed, and the name then outlive a power cut.
   *
   * @throws DomainError `upload.state_conflict`
   */
  async place(key: string, draft: string): Promise<void> {
    const file = this.placeOf(key);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await mkdir(path.dirname(file), { recursive: true });
        await link(draft, file);
        break;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') throw hereAlready();
        if (codeOf(error) !== 'ENOENT' || attempt === LINK_ATTEMPTS) throw error;
      }
    }
    await unlink(draft);
    await flushFolder(path.dirname(file));
  }

  async discard(key: string): Promise<void> {
    await removeTree(this.folderOf(key));
  }

  /** For every key that starts with `prefix`, which must end in `/`. */
  async discardTree(prefix: string): Promise<void> {
    checkPrefix(prefix);
    await removeTree(path.join(this.incoming, prefix));
  }
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function hereAlready(): DomainError {
  return new DomainError('upload.state_conflict', 'The file is here already.');
}

async function removeTree(folder: string): Promise<void> {
  // What is on its way into the folder can still arrive: ENOTEMPTY.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 });
}

/** Makes names in it outlive a power cut; not every file system flushes folders. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder);
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error;
  } finally {
    await handle.close();
  }
}
