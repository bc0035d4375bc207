import { PassThrough, Readable } from 'node:stream';
import fc from 'fast-check';
import { gathered, GATHERED_BYTES } from '../../../src/infrastructure/storage/gathered.js';

async function all(batches: AsyncIterable<Buffer[]>): Promise<Buffer[]> {
  const taken: Buffer[] = [];
  for await (const chunks of batches) taken.push(Buffer.concat(chunks));
  return taken;
}

/** A stream that has a chunk of each of these sizes, all different. */
function chunksOf(sizes: readonly number[]): Buffer[] {
  return sizes.map((size, index) => Buffer.alloc(size, `${index} `));
}

test('all bytes come in their order, and those that come at once in few batches', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 400_000 }), { maxLength: 30 }), (sizes) => {
      const chunks = chunksOf(sizes);
      return all(gathered(Readable.from(chunks))).then((pieces) => {
        expect(Buffer.concat(pieces).equals(Buffer.concat(chunks))).toBe(true);
        for (const { length } of pieces.slice(0, -1)) {
          expect(length).toBeGreaterThanOrEqual(GATHERED_BYTES);
        }
      });
    }),
    { numRuns: 50 },
  );
});

test('what comes slowly is passed on before the next bytes are there', async () => {
  const body = new PassThrough();
  const batches = gathered(body)[Symbol.asyncIterator]();
  for (const text of ['first', 'second']) {
    body.write(text);
    expect(await batches.next()).toEqual({ done: false, value: [Buffer.from(text)] });
  }
  body.end();
  expect(await batches.next()).toEqual({ done: true, value: undefined });
});

test('no more than was asked for is taken from a fast sender', async () => {
  let made = 0;
  const chunk = Buffer.alloc(64 * 1024);
  const body = new Readable({
    read() {
      made += chunk.length;
      this.push(chunk);
    },
  });
  const batches = gathered(body)[Symbol.asyncIterator]();
  for (let taken = 0; taken < 3; taken += 1) await batches.next();
  await new Promise((resolve) => setTimeout(resolve, 50));
  // The fourth is gathered meanwhile.
  expect(made).toBeLessThanOrEqual(4 * GATHERED_BYTES + 4 * chunk.length);
  body.destroy();
});

test('a stream that breaks off, or has done so before anybody read it, ends with its error', async () => {
  const broken = new PassThrough();
  broken.write('some');
  const reading = all(gathered(broken));
  broken.destroy(new Error('it broke off'));
  await expect(reading).rejects.toThrow('it broke off');
  await expect(all(gathered(broken))).rejects.toThrow('it broke off');

  const closed = new PassThrough().destroy();
  await expect(all(gathered(closed))).rejects.toThrow('Premature close');
});

test('a stream stays open, and gives the rest to somebody else', async () => {
  const body = new PassThrough();
  body.write('first');
  const batches = gathered(body)[Symbol.asyncIterator]();
  await batches.next();
  await batches.return?.();
  expect(body.destroyed).toBe(false);
  expect(body.listenerCount('data')).toBe(0);
  body.end('rest');
  expect(Buffer.concat(await all(gathered(body))).toString()).toBe('rest');
});
