import { createHash } from 'node:crypto';
import { RunningHashes } from '../../../../src/ingest/resumable/running-hashes.js';

const hashOf = (text: string) => createHash('sha256').update(text);

test('a hash goes on where it was left, as often as that is asked', () => {
  const hashes = new RunningHashes();
  hashes.keep('one', hashOf('half'), 4);
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const hash = hashes.resume('one', 4)?.update(' and half').digest('hex');
    expect(hash).toBe(hashOf('half and half').digest('hex'));
  }
  expect(hashes.resume('one', 3)).toBeUndefined();
  expect(hashes.resume('two', 4)).toBeUndefined();
  expect(hashes.resume('two', 0)?.digest('hex')).toBe(hashOf('').digest('hex'));
  hashes.forget('one');
  expect(hashes.resume('one', 4)).toBeUndefined();
});

test('the longest silent of very many is forgotten', () => {
  const hashes = new RunningHashes();
  for (let at = 0; at <= 1000; at += 1) hashes.keep(`upload ${at}`, hashOf(''), 1);
  expect(hashes.resume('upload 0', 1)).toBeUndefined();
  expect(hashes.resume('upload 1', 1)).toBeDefined();
});
