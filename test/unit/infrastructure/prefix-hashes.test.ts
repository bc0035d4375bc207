import { createHash } from 'node:crypto';
import { PrefixHashes } from '../../../src/infrastructure/storage/prefix-hashes.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('parts that come one after the other are hashed as one', () => {
  const hashes = new PrefixHashes();
  const { hash } = hashes.resume('upload', []);
  hashes.keep('upload', ['a'], hash.update('one'));
  const next = hashes.resume('upload', ['a']);
  expect(next.parts).toBe(1);
  hashes.keep('upload', ['a', 'b'], next.hash.update('two'));
  const known = hashes.resume('upload', ['a', 'b', 'c']);
  expect([known.parts, known.hash.digest('hex')]).toEqual([2, sha256('onetwo')]);
});

test('a part that broke off and comes again is hashed once', () => {
  const hashes = new PrefixHashes();
  hashes.keep('upload', ['a'], hashes.resume('upload', []).hash.update('one'));
  hashes.resume('upload', ['a']).hash.update('tw');
  expect(hashes.resume('upload', ['a']).hash.update('two').digest('hex')).toBe(sha256('onetwo'));
});

test.each([
  ['a part that came again', 'upload', ['a', 'other']],
  ['another upload', 'another', ['a', 'b']],
  ['fewer parts', 'upload', ['a']],
])('nothing is known of %s', (_, upload, etags) => {
  const hashes = new PrefixHashes();
  hashes.keep('upload', ['a', 'b'], hashes.resume('upload', []).hash.update('onetwo'));
  const { parts, hash } = hashes.resume(upload, etags);
  expect([parts, hash.digest('hex')]).toEqual([0, sha256('')]);
});

test('an upload that is forgotten, or the oldest of too many, is not known any more', () => {
  const hashes = new PrefixHashes();
  const keep = (upload: string) => hashes.keep(upload, ['a'], createHash('sha256'));
  keep('first');
  keep('second');
  hashes.forget('first');
  expect(hashes.resume('first', ['a']).parts).toBe(0);
  for (let at = 0; at < 999; at += 1) keep(`upload ${at}`);
  expect(hashes.resume('second', ['a']).parts).toBe(1);
  keep('one more');
  expect(hashes.resume('second', ['a']).parts).toBe(0);
});
