import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DirectUploads } from '../../src/ports/direct-uploads.js';
import type { MediaStorage } from '../../src/ports/media-storage.js';
import {
  ResumableUploads,
  UploadGoneError,
  type ResumableUpload,
} from '../../src/ports/resumable-uploads.js';

interface Subject {
  uploads: ResumableUploads;
  directUploads: DirectUploads;
  storage: MediaStorage;
}

const MEBIBYTE = 1024 ** 2;

let clock = Date.now();

/** What every adapter of the port does. */
export function describeResumableUploads(name: string, subject: () => Subject): void {
  describe(name, () => {
    let uploads: ResumableUploads;
    let storage: MediaStorage;

    beforeEach(() => ({ uploads, storage } = subject()));

    async function begin(sizeBytes: number): Promise<ResumableUpload> {
      const key = `uploads/users/7/videos/${clock++}_film.mp4`;
      return { key, uploadId: await uploads.begin(key, 'video/mp4'), sizeBytes };
    }

    const append = (upload: ResumableUpload, offset: number, bytes: Buffer) =>
      uploads.append(upload, offset, Readable.from(piecesOf(bytes)));

    test('pieces of any size make the object that they are of', async () => {
      const bytes = randomBytes(20 * MEBIBYTE);
      const upload = await begin(bytes.length);
      let offset = 0;
      for (const end of [1, 2, 3 * MEBIBYTE, 3 * MEBIBYTE, 16 * MEBIBYTE + 1, bytes.length]) {
        expect(await append(upload, offset, bytes.subarray(offset, end))).toBe(end);
        expect(await uploads.offset(upload)).toBe(end);
        offset = end;
      }
      await expect(storage.info(upload.key)).rejects.toThrow();
      await uploads.complete(upload);
      await uploads.discard(upload);
      expect((await buffer(await storage.read(upload.key))).equals(bytes)).toBe(true);
      expect(await uploads.offset(upload)).toBe(bytes.length);
      await expect(uploads.complete(upload)).rejects.toThrow(UploadGoneError);
      expect(await keysBelow(`${upload.key}.tail/`)).toEqual([]);
    });

    test('content that breaks off leaves a beginning of it, and what was there before', async () => {
      const bytes = randomBytes(12 * MEBIBYTE);
      const upload = await begin(bytes.length);
      await append(upload, 0, bytes.subarray(0, 1000));
      const broken = Readable.from(brokenAfter(bytes.subarray(1000, 11 * MEBIBYTE)));
      await expect(uploads.append(upload, 1000, broken)).rejects.toThrow('broken');
      const offset = await uploads.offset(upload);
      expect(offset).toBeGreaterThanOrEqual(1000);
      await append(upload, offset, bytes.subarray(offset));
      await uploads.complete(upload);
      expect((await buffer(await storage.read(upload.key))).equals(bytes)).toBe(true);
    });

    test('bytes are added at the end and nowhere else', async () => {
      const upload = await begin(1000);
      await append(upload, 0, randomBytes(500));
      for (const offset of [0, 499, 501]) {
        await expect(append(upload, offset, randomBytes(10))).rejects.toMatchObject({
          code: 'upload.offset_mismatch',
        });
      }
      expect(await uploads.offset(upload)).toBe(500);
    });

    test('what is discarded, alone or with a whole tree, is gone', async () => {
      const [one, other] = [await begin(10 * MEBIBYTE), await begin(10 * MEBIBYTE)];
      for (const upload of [one, other]) await append(upload, 0, randomBytes(9 * MEBIBYTE));
      await uploads.discard(one);
      await uploads.discard(one);
      const { directUploads } = subject();
      await directUploads.discardTree('uploads/users/7/');
      await storage.deleteTree('uploads/users/7/');
      for (const upload of [one, other]) {
        await expect(uploads.offset(upload)).rejects.toThrow(UploadGoneError);
        await expect(append(upload, 0, randomBytes(10))).rejects.toThrow(UploadGoneError);
        await expect(uploads.complete(upload)).rejects.toThrow(UploadGoneError);
      }
      expect(await keysBelow('uploads/users/7/')).toEqual([]);
    });

    test('no key leads out of the storage', async () => {
      for (const key of ['../film.mp4', '/etc/passwd', 'a//b', '.incoming/x', '']) {
        await expect(uploads.begin(key, 'video/mp4')).rejects.toThrow();
      }
    });

    async function keysBelow(prefix: string): Promise<string[]> {
      const keys: string[] = [];
      for await (const key of storage.list(prefix)) keys.push(key);
      return keys;
    }
  });
}

function* piecesOf(bytes: Buffer): Iterable<Buffer> {
  const size = 65_536;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function* brokenAfter(bytes: Buffer): Iterable<Buffer> {
  yield* piecesOf(bytes);
  throw new Error('broken');
}
