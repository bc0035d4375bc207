import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type {
  AnnouncedObject,
  DirectUploads,
  SignedAddress,
  StoredPart,
} from '../../src/ports/direct-uploads.js';
import { PartsMissingError } from '../../src/ports/direct-uploads.js';
import { ObjectNotFoundError, type MediaStorage } from '../../src/ports/media-storage.js';
import { put } from '../support/put.js';

/** The smallest part that S3 takes, unless it is the last. */
const PART_BYTES = 5 * 1024 ** 2;
const MINUTE = 60;

/** An adapter with the storage in which its objects appear. */
export interface DirectUploadsGround {
  directUploads: DirectUploads;
  storage: MediaStorage;
  /** Makes known that an object is going to be sent, and returns it. */
  announce(object: Omit<AnnouncedObject, 'key'>): AnnouncedObject | Promise<AnnouncedObject>;
  /** In front of addresses that are paths. */
  origin: string;
}

export const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** What every adapter of {@link DirectUploads} does. */
export function describeDirectUploads(
  name: string,
  open: () => DirectUploadsGround | Promise<DirectUploadsGround>,
) {
  describe(name, () => {
    let ground: DirectUploadsGround;

    beforeAll(async () => {
      ground = await open();
    });

    const read = async (key: string) => buffer(await ground.storage.read(key));
    const send = (address: SignedAddress, bytes: Buffer, headers: Record<string, string> = {}) =>
      put(new URL(address.url, ground.origin).href, bytes, {
        'content-length': bytes.length,
        ...address.headers,
        ...headers,
      });
    const film = (bytes: Buffer) =>
      ground.announce({ contentType: 'video/mp4', sizeBytes: bytes.length });
    const exists = (key: string) =>
      ground.storage.info(key).then(
        () => true,
        (error: unknown) => {
          if (error instanceof ObjectNotFoundError) return false;
          throw error;
        },
      );

    test('what is sent to an address becomes the object, byte by byte', async () => {
      const bytes = randomBytes(300_000);
      const object = await film(bytes);
      const address = await ground.directUploads.address(object, MINUTE);
      expect(await exists(object.key)).toBe(false);
      const { status, etag } = await send(address, bytes);
      expect([200, 204]).toContain(status);
      expect(etag).toMatch(/^"[0-9a-f]+"$/);
      expect((await read(object.key)).equals(bytes)).toBe(true);
    });

    test.each([
      ['fewer', -1],
      ['more', 1],
    ])('%s bytes than announced are refused', async (_, difference) => {
      const object = await ground.announce({ contentType: 'video/mp4', sizeBytes: 1000 });
      const address = await ground.directUploads.address(object, MINUTE);
      expect((await send(address, randomBytes(1000 + difference))).status).toBe(403);
      expect(await exists(object.key)).toBe(false);
    });

    test('bytes without a length are refused', async () => {
      const object = await ground.announce({ contentType: 'video/mp4', sizeBytes: 1000 });
      const { url, headers } = await ground.directUploads.address(object, MINUTE);
      const chunked = { ...headers, 'transfer-encoding': 'chunked' };
      const { status } = await put(new URL(url, ground.origin).href, randomBytes(1000), chunked);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(await exists(object.key)).toBe(false);
    });

    test('another content type than announced is refused', async () => {
      const bytes = randomBytes(1000);
      const object = await film(bytes);
      const address = await ground.directUploads.address(object, MINUTE);
      expect((await send(address, bytes, { 'content-type': 'video/webm' })).status).toBe(403);
      expect(await exists(object.key)).toBe(false);
    });

    test('an address that was changed is refused', async () => {
      const bytes = randomBytes(1000);
      const object = await film(bytes);
      const { url, headers } = await ground.directUploads.address(object, MINUTE);
      const changed = url.replace(/[A-Za-z](?=[^A-Za-z]*$)/, (last) => (last === 'a' ? 'b' : 'a'));
      expect(changed).not.toBe(url);
      expect((await send({ url: changed, headers }, bytes)).status).toBe(403);
      expect(await exists(object.key)).toBe(false);
    });

    test('an address that has expired is refused', async () => {
      const bytes = randomBytes(1000);
      const object = await film(bytes);
      const address = await ground.directUploads.address(object, 1);
      await new Promise((resolve) => setTimeout(resolve, 2100));
      expect((await send(address, bytes)).status).toBe(403);
      expect(await exists(object.key)).toBe(false);
    });

    async function sendPart(
      object: AnnouncedObject,
      uploadId: string,
      bytes: Buffer,
      number: number,
    ): Promise<StoredPart> {
      const offset = (number - 1) * PART_BYTES;
      const part = bytes.subarray(offset, offset + PART_BYTES);
      const slot = { number, offset, sizeBytes: part.length };
      const address = await ground.directUploads.partAddress(object, uploadId, slot, MINUTE);
      const { status, etag } = await send(address, part);
      expect([200, 204]).toContain(status);
      return { number, etag };
    }

    /** Sends every part, one after the other. */
    async function sendParts(object: AnnouncedObject, uploadId: string, bytes: Buffer) {
      const stored: StoredPart[] = [];
      for (let number = 1; (number - 1) * PART_BYTES < bytes.length; number += 1) {
        stored.push(await sendPart(object, uploadId, bytes, number));
      }
      return stored;
    }

    test('parts become one object when they are put together, and not before', async () => {
      const bytes = randomBytes(2 * PART_BYTES + 1234);
      const object = await film(bytes);
      const uploadId = await ground.directUploads.begin(object);
      const parts = await sendParts(object, uploadId, bytes);
      expect(await exists(object.key)).toBe(false);
      const hash = await ground.directUploads.complete(object.key, uploadId, parts);
      expect([undefined, sha256(bytes)]).toContain(hash);
      expect((await read(object.key)).equals(bytes)).toBe(true);
    });

    test('parts that come at once, or the last one first, make the same object', async () => {
      const bytes = randomBytes(3 * PART_BYTES + 1234);
      for (const order of [[1, 2, 3, 4], [4, 2, 1, 3], 'at once'] as const) {
        const object = await film(bytes);
        const uploadId = await ground.directUploads.begin(object);
        const part = (number: number) => sendPart(object, uploadId, bytes, number);
        const parts: StoredPart[] = [];
        if (order === 'at once') parts.push(...(await Promise.all([1, 2, 3, 4].map(part))));
        else for (const number of order) parts.push(await part(number));
        parts.sort((one, other) => one.number - other.number);
        const hash = await ground.directUploads.complete(object.key, uploadId, parts);
        expect([undefined, sha256(bytes)]).toContain(hash);
        expect((await read(object.key)).equals(bytes)).toBe(true);
      }
    });

    test('a part that is sent again after those behind it replaces the one before', async () => {
      const bytes = randomBytes(2 * PART_BYTES + 10);
      const wrong = Buffer.from(bytes).fill(7, PART_BYTES, 2 * PART_BYTES);
      const object = await film(bytes);
      const uploadId = await ground.directUploads.begin(object);
      const parts = await sendParts(object, uploadId, wrong);
      parts[1] = await sendPart(object, uploadId, bytes, 2);
      const hash = await ground.directUploads.complete(object.key, uploadId, parts);
      expect([undefined, sha256(bytes)]).toContain(hash);
      expect((await read(object.key)).equals(bytes)).toBe(true);
    });

    test('a part that is sent again replaces the one before', async () => {
      const bytes = randomBytes(PART_BYTES + 10);
      const object = await film(bytes);
      const uploadId = await ground.directUploads.begin(object);
      await sendParts(object, uploadId, randomBytes(bytes.length));
      const parts = await sendParts(object, uploadId, bytes);
      await ground.directUploads.complete(object.key, uploadId, parts);
      expect((await read(object.key)).equals(bytes)).toBe(true);
    });

    test('a part of another length is refused', async () => {
      const object = await ground.announce({ contentType: 'video/mp4', sizeBytes: PART_BYTES + 9 });
      const uploadId = await ground.directUploads.begin(object);
      const slot = { number: 2, offset: PART_BYTES, sizeBytes: 9 };
      const address = await ground.directUploads.partAddress(object, uploadId, slot, MINUTE);
      expect((await send(address, randomBytes(10))).status).toBe(403);
    });

    test.each([
      ['is missing', { number: 2, etag: `"${'0'.repeat(64)}"` }],
      ['is named by a path', { number: 2, etag: '../../../../etc/passwd' }],
    ])('an object of which a part %s does not come about', async (_, wrong) => {
      const bytes = randomBytes(PART_BYTES);
      const object = await ground.announce({
        contentType: 'video/mp4',
        sizeBytes: 2 * PART_BYTES,
      });
      const uploadId = await ground.directUploads.begin(object);
      const parts = await sendParts(object, uploadId, bytes);
      await expect(
        ground.directUploads.complete(object.key, uploadId, [...parts, wrong]),
      ).rejects.toThrow(PartsMissingError);
      expect(await exists(object.key)).toBe(false);
    });

    test.each(['of one upload', 'below a prefix'])('parts %s can be discarded', async (which) => {
      const bytes = randomBytes(PART_BYTES + 10);
      const object = await film(bytes);
      const uploadId = await ground.directUploads.begin(object);
      const parts = await sendParts(object, uploadId, bytes);
      for (const again of [false, true]) {
        if (which === 'of one upload') await ground.directUploads.discard(object.key, uploadId);
        else await ground.directUploads.discardTree(object.key.replace(/[^/]+$/, ''));
        expect(again || !(await exists(object.key))).toBe(true);
      }
      await expect(ground.directUploads.complete(object.key, uploadId, parts)).rejects.toThrow(
        PartsMissingError,
      );
    });

    test('what is open and new is not taken for untouched', async () => {
      const object = await film(randomBytes(10));
      const uploadId = await ground.directUploads.begin(object);
      const found: string[] = [];
      const aMinuteAgo = new Date(Date.now() - 60_000);
      for await (const open of ground.directUploads.untouchedSince(aMinuteAgo)) {
        found.push(open.uploadId);
      }
      expect(found).toEqual([]);
      await ground.directUploads.discard(object.key, uploadId);
    });

    test('keys that lead elsewhere have no address', async () => {
      const object = { key: 'uploads/../../secret', contentType: 'video/mp4', sizeBytes: 1 };
      await expect(ground.directUploads.address(object, MINUTE)).rejects.toThrow();
      await expect(ground.directUploads.begin(object)).rejects.toThrow();
    });
  });
}
