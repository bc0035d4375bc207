import fc from 'fast-check';
import { PartBuffer } from '../../../src/infrastructure/storage/part-buffer.js';

test('however the bytes come, they leave in parts of one size, and the rest after them', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.uint8Array({ maxLength: 50 })),
      (partBytes, chunks) => {
        const buffer = new PartBuffer(partBytes);
        const parts = chunks.flatMap((chunk) => buffer.add(Buffer.from(chunk)));
        const rest = buffer.rest();
        expect(parts.every(({ length }) => length === partBytes)).toBe(true);
        expect(rest.length).toBeLessThan(partBytes);
        expect(Buffer.concat([...parts, rest])).toEqual(Buffer.concat(chunks));
        expect(buffer.received).toBe(Buffer.concat(chunks).length);
      },
    ),
  );
});
