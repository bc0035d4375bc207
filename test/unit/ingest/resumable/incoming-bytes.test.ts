import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { IncomingBytes } from '../../../../src/ingest/resumable/incoming-bytes.js';
import { until } from '../../../support/until.js';

let body: PassThrough;
let incoming: IncomingBytes;

beforeEach(() => {
  body = new PassThrough();
  incoming = new IncomingBytes(body);
});

test('what a body holds comes as it is', async () => {
  const content = incoming.read(100);
  body.end('all of it');
  expect((await buffer(content)).toString()).toBe('all of it');
  expect(incoming.wasCut).toBe(false);
});

test('of a body that breaks off, what was there comes', async () => {
  const content = incoming.read(100);
  body.write('a part');
  await until(() => content.readableLength > 0);
  body.destroy(new Error('reset'));
  expect((await buffer(content)).toString()).toBe('a part');
  expect(incoming.wasCut).toBe(true);
});

test('one that broke off before has nothing', async () => {
  body.on('error', () => undefined);
  body.destroy(new Error('reset'));
  expect((await buffer(incoming.read(100))).length).toBe(0);
  expect(incoming.wasCut).toBe(true);
});

test('nothing more is taken after a stop, also one before the first byte', async () => {
  incoming.stop();
  const content = incoming.read(100);
  body.write('late');
  expect((await buffer(content)).length).toBe(0);
  expect(incoming.wasCut).toBe(true);
});

test('a body that is longer than allowed is an error', async () => {
  const content = incoming.read(5);
  body.end('six by');
  await expect(buffer(content)).rejects.toMatchObject({ code: 'upload.too_large' });
});

test('a client that has just sent something does not give way', async () => {
  const content = incoming.read(100);
  body.write('a part');
  incoming.stopIfIdle();
  body.end(', and the rest');
  expect((await buffer(content)).toString()).toBe('a part, and the rest');
});
