import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { PartsClosedError, PartsFolder } from '../../../src/infrastructure/storage/parts-folder.js';
import { PartsMissingError } from '../../../src/ports/direct-uploads.js';

const PART_BYTES = 1000;
const LAST_BYTES = 10;
const PARTS = 4;

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'videoflix-parts-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

let made = 0;
const newEtag = () => `etag${(made += 1)}`;
const alone = () => true;

function slotOf(number: number, etag: string) {
  const sizeBytes = number === PARTS ? LAST_BYTES : PART_BYTES;
  return { number, offset: (number - 1) * PART_BYTES, sizeBytes, etag };
}

/** Breaks off after some of it. */
function contentOf(bytes: Buffer, isBroken: boolean): Readable {
  return Readable.from(halvesOf(bytes, isBroken));
}

async function* halvesOf(bytes: Buffer, isBroken: boolean): AsyncIterable<Buffer> {
  const half = bytes.length / 2;
  yield await Promise.resolve(bytes.subarray(0, half));
  if (isBroken) throw new Error('broken off');
  yield bytes.subarray(half);
}

async function newFolder(): Promise<PartsFolder> {
  const folder = new PartsFolder(path.join(root, `upload${(made += 1)}`));
  await folder.create();
  return folder;
}

/** Sends a part whole; returns what is named when the upload is put together. */
async function send(folder: PartsFolder, number: number, bytes?: Buffer) {
  const part = slotOf(number, newEtag());
  await folder.write(part, contentOf(bytes ?? randomBytes(part.sizeBytes), false), alone);
  return { number, etag: part.etag };
}

test('in whatever order parts come, break off and come again, the file has what came last', async () => {
  const sending = fc.record({ number: fc.integer({ min: 1, max: PARTS }), isBroken: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(sending, { maxLength: 20 }), async (sent) => {
      const folder = await newFolder();
      const there = new Map<number, { etag: string; bytes: Buffer }>();
      for (const { number, isBroken } of sent) {
        const part = slotOf(number, newEtag());
        const bytes = randomBytes(part.sizeBytes);
        const writing = folder.write(part, contentOf(bytes, isBroken), alone);
        if (isBroken) await expect(writing).rejects.toThrow('broken off');
        else await writing;
        there.delete(number);
        if (!isBroken) there.set(number, { etag: part.etag, bytes });
      }
      expect([...(await folder.parts()).keys()].sort()).toEqual([...there.keys()].sort());
      const named = Array.from({ length: PARTS }, (_, index) => ({
        number: index + 1,
        etag: there.get(index + 1)?.etag ?? 'none',
      }));
      if (there.size < PARTS) {
        await expect(folder.close(named)).rejects.toThrow(PartsMissingError);
        return;
      }
      await folder.close(named);
      const whole = named.map(({ number }) => there.get(number)?.bytes ?? Buffer.of());
      expect((await readFile(folder.content)).equals(Buffer.concat(whole))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('once it is closed nobody writes into it', async () => {
  const folder = await newFolder();
  const first = await send(folder, 1);
  const second = await send(folder, PARTS - 2, randomBytes(PART_BYTES));
  await folder.close([first, second]);
  const before = await readFile(folder.content);
  await expect(send(folder, 1)).rejects.toThrow(PartsClosedError);
  await expect(folder.parts()).rejects.toThrow(PartsClosedError);
  expect((await readFile(folder.content)).equals(before)).toBe(true);
});

test('a part that is being written again keeps it from being closed, and closing keeps nobody from going on', async () => {
  const folder = await newFolder();
  const before = await send(folder, 1);
  let goOn: () => void = () => undefined;
  const waits = new Promise<void>((resolve) => (goOn = resolve));
  const part = slotOf(1, newEtag());
  const bytes = randomBytes(PART_BYTES);
  async function* slowly(): AsyncIterable<Buffer> {
    yield bytes.subarray(0, 1);
    await expect(folder.close([before])).rejects.toThrow(PartsMissingError);
    goOn();
    yield bytes.subarray(1);
  }
  await Promise.all([folder.write(part, Readable.from(slowly()), alone), waits]);
  await folder.close([part]);
  expect((await readFile(folder.content)).equals(bytes)).toBe(true);
});

test('what a process that was killed had closed is closed by the next one, or opened again', async () => {
  const folder = await newFolder();
  const first = await send(folder, 1);
  await folder.close([first]);
  await folder.close([first]);
  await expect(folder.close([first, { number: 2, etag: 'none' }])).rejects.toThrow(
    PartsMissingError,
  );
  const second = await send(folder, 2);
  await folder.close([first, second]);
});

test('a writer that may not be the only one any more marks nothing', async () => {
  const folder = await newFolder();
  const part = slotOf(1, newEtag());
  const bytes = randomBytes(PART_BYTES);
  await expect(folder.write(part, contentOf(bytes, false), () => false)).rejects.toThrow();
  expect([...(await folder.parts())]).toEqual([]);
});

test('a part with too few bytes is none', async () => {
  const folder = await newFolder();
  await expect(send(folder, 1, randomBytes(PART_BYTES - 1))).rejects.toThrow();
  await expect(folder.close([slotOf(1, 'none')])).rejects.toThrow(PartsMissingError);
});

test('parts in another order, with a gap, or of which the file has more than is named, make no object', async () => {
  const folder = await newFolder();
  const [first, second, third] = [
    await send(folder, 1),
    await send(folder, 2),
    await send(folder, 3),
  ];
  for (const wrong of [
    [second, first, third],
    [first, third],
    [first, second],
    [first, first],
  ]) {
    await expect(folder.close(wrong)).rejects.toThrow(PartsMissingError);
  }
  await folder.close([first, second, third]);
});

test('nothing is made of a folder that is gone, or of files that are no marks', async () => {
  const gone = new PartsFolder(path.join(root, 'gone'));
  await expect(gone.parts()).rejects.toThrow(PartsClosedError);
  await expect(gone.close([])).rejects.toThrow(PartsMissingError);
  await expect(send(gone, 1)).rejects.toThrow(PartsClosedError);
  const older = path.join(root, 'older');
  await mkdir(older);
  await (await open(path.join(older, `00001.${'a'.repeat(64)}`), 'wx')).close();
  expect([...(await new PartsFolder(older).parts())]).toEqual([]);
  await rename(older, `${older}.closed`);
  await expect(new PartsFolder(older).close([{ number: 1, etag: 'a'.repeat(64) }])).rejects.toThrow(
    PartsMissingError,
  );
});
