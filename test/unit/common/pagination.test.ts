import fc from 'fast-check';
import { z } from 'zod';
import { pageFields, PageQueryShape } from '../../../src/common/pagination.js';

const query = z.strictObject(PageQueryShape);

test('a query that says nothing asks for the first twenty', () => {
  expect(query.parse({})).toEqual({ page: 1, page_size: 20 });
});

test('a page is a whole number from 1 and a size one from 1 to 50', () => {
  expect(query.parse({ page: '3', page_size: '50' })).toEqual({ page: 3, page_size: 50 });
  const wrong = ['0', '-1', '1.5', '', ' ', 'x', 'NaN', 'Infinity', '1e99'];
  for (const value of wrong) {
    expect([value, query.safeParse({ page: value }).success]).toEqual([value, false]);
    expect([value, query.safeParse({ page_size: value }).success]).toEqual([value, false]);
  }
  expect(query.safeParse({ page_size: '51' }).success).toBe(false);
});

test('the pages of a list hold all of its entries, and only the last has none after it', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2000 }), fc.integer({ min: 1, max: 50 }), (total, size) => {
      let seen = 0;
      for (let page = 1; ; page += 1) {
        const fields = pageFields(total, page, size);
        expect(fields).toMatchObject({ total_count: total, page, page_size: size });
        seen += Math.max(0, Math.min(size, total - (page - 1) * size));
        expect(fields.has_more).toBe(seen < total);
        if (fields.has_more) continue;
        expect(fields.total_pages).toBe(total === 0 ? 0 : page);
        break;
      }
      expect(seen).toBe(total);
    }),
  );
});

test('a page after the last one says that there is no more', () => {
  expect(pageFields(5, 9, 2)).toMatchObject({ total_pages: 3, has_more: false });
});
