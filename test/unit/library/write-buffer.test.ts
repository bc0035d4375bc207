import { Logger } from '@nestjs/common';
import { WriteBuffer } from '../../../src/library/write-buffer.js';

let written: Record<string, number>[];
let fail: boolean;
let buffer: WriteBuffer<number>;

beforeEach(() => {
  written = [];
  fail = false;
  buffer = new WriteBuffer(
    (one, other) => one + other,
    async (batch) => {
      await Promise.resolve();
      if (fail) throw new Error('the database is away');
      written.push(Object.fromEntries(batch));
    },
  );
});

beforeAll(() => Logger.overrideLogger(false));

test('what is gathered is one write', async () => {
  await Promise.all([buffer.add('a', 1), buffer.add('b', 5), buffer.add('a', 2)]);
  expect(written).toEqual([]);
  await buffer.close();
  expect(written).toEqual([{ a: 3, b: 5 }]);
});

test('what could not be written is written with what came meanwhile', async () => {
  await buffer.add('a', 1);
  fail = true;
  await buffer.close();
  fail = false;
  await Promise.all([buffer.add('a', 1), buffer.add('b', 1)]);
  expect(written).toEqual([{ a: 2, b: 1 }]);
});

test('what comes while it ends is written at once', async () => {
  await buffer.close();
  await buffer.add('a', 1);
  expect(written).toEqual([{ a: 1 }]);
});
