import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Cursors } from '../../../../src/catalogue/listing/cursors.js';

const cursors = new Cursors(randomBytes(32));
const places = fc.record({ key: fc.string({ unit: 'grapheme' }), id: fc.uuid() });
const lists = fc.array(fc.oneof(fc.string(), fc.constant(null)), { minLength: 1 });

test('a cursor leads back to its place in its list', () => {
  fc.assert(
    fc.property(places, lists, (place, list) => {
      expect(cursors.read(cursors.write(place, list), list)).toEqual(place);
    }),
  );
});

test('a cursor is good for no other list', () => {
  fc.assert(
    fc.property(places, lists, lists, (place, list, other) => {
      fc.pre(JSON.stringify(list) !== JSON.stringify(other));
      expect(cursors.read(cursors.write(place, list), other)).toBeUndefined();
    }),
  );
});

test('a cursor that was changed is none', () => {
  fc.assert(
    fc.property(
      places,
      lists,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (place, list, at, flip) => {
        const bytes = Buffer.from(cursors.write(place, list), 'base64url');
        bytes.writeUInt8((bytes[at % bytes.length] ?? 0) ^ flip, at % bytes.length);
        expect(cursors.read(bytes.toString('base64url'), list)).toBeUndefined();
      },
    ),
  );
});

test('whatever else is no cursor', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), lists, (text, list) => {
      expect(cursors.read(text, list)).toBeUndefined();
    }),
  );
});

test('another installation has other cursors', () => {
  const place = { key: '1', id: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01' };
  expect(new Cursors(randomBytes(32)).read(cursors.write(place, []), [])).toBeUndefined();
});
