import { buffer, text } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import type { Work } from '../catalogue/processing.service.js';
import { DomainError } from '../common/domain-error.js';
import { parseForeignPlaylist } from '../media/foreign-playlist.js';
import { measureForeign, type ForeignRendition } from '../media/foreign-rendition.js';
import { outputKey } from '../media/object-keys.js';
import { PLAYLIST_FILE } from '../media/output-files.js';
import { MediaStorage, ObjectNotFoundError } from '../ports/media-storage.js';

/** Largest files that are read whole; a playlist has a hundred bytes for each of its segments. */
const MAX_PLAYLIST_BYTES = 4 * 1024 ** 2;
const MAX_INIT_BYTES = 1024 ** 2;
const MAX_SEGMENT_BYTES = 128 * 1024 ** 2;

/** How many objects are asked for at once. */
const LOOKS_AT_ONCE = 16;

/** Looks at what a transcoder has put into the storage, as a player would. */
@Injectable()
export class ForeignRenditions {
  constructor(private readonly storage: MediaStorage) {}

  /**
   * Reads a rendition's playlist, and makes sure that all it lists is there.
   * @param folder of the rendition, in the revision's
   * @throws DomainError `rendition.unusable`
   */
  async inspect(work: Work, folder: string): Promise<ForeignRendition> {
    try {
      return await this.measure((file) => {
        return outputKey(work.video.id, work.revision.id, `${folder}/${file}`);
      });
    } catch (error) {
      if (error instanceof ObjectNotFoundError) throw unusable(folder, 'a file of it is missing.');
      if (error instanceof RangeError || error instanceof SyntaxError) {
        throw unusable(folder, error.message);
      }
      throw error;
    }
  }

  private async measure(keyOf: (file: string) => string): Promise<ForeignRendition> {
    const playlistKey = keyOf(PLAYLIST_FILE);
    await this.sizeUpTo(MAX_PLAYLIST_BYTES, playlistKey);
    const playlist = parseForeignPlaylist(await text(await this.storage.read(playlistKey)));
    const uris = playlist.segments.map(({ uri }) => uri);
    const segmentBytes = await this.sizes(uris.map(keyOf));
    const init = await this.bytes(keyOf(playlist.initUri), MAX_INIT_BYTES);
    const firstSegment = await this.bytes(keyOf(uris[0] ?? ''), MAX_SEGMENT_BYTES);
    return measureForeign({ playlist, init, firstSegment, segmentBytes });
  }

  private async sizes(keys: readonly string[]): Promise<number[]> {
    const sizes: number[] = [];
    for (let at = 0; at < keys.length; at += LOOKS_AT_ONCE) {
      const some = keys.slice(at, at + LOOKS_AT_ONCE);
      sizes.push(...(await Promise.all(some.map((key) => this.sizeUpTo(MAX_SEGMENT_BYTES, key)))));
    }
    return sizes;
  }

  private async bytes(key: string, maxBytes: number): Promise<Buffer> {
    await this.sizeUpTo(maxBytes, key);
    return buffer(await this.storage.read(key));
  }

  private async sizeUpTo(maxBytes: number, key: string): Promise<number> {
    const { sizeBytes } = await this.storage.info(key);
    const name = key.slice(key.lastIndexOf('/') + 1);
    if (sizeBytes === 0) throw new RangeError(`${name} is empty.`);
    if (sizeBytes > maxBytes) throw new RangeError(`${name} has more than ${maxBytes} bytes.`);
    return sizeBytes;
  }
}

function unusable(folder: string, reason: string): DomainError {
  return new DomainError('rendition.unusable', `${folder}: ${reason}`);
}
