import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { UploadAddressDto } from '../../src/ingest/direct/direct-upload.dto.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { makePerson } from '../support/people.js';
import { put } from '../support/put.js';
import { startStorage, type TestStorage } from '../support/storages.js';
import { TusClient } from '../support/tus.js';

const REFUSED = {
  code: 'service.unavailable',
  detail: 'The storage refuses. The reason was logged under this request id.',
};

/** Only root may mount a disk, and take its writing away. */
const testOfRoot = process.platform === 'linux' && process.getuid?.() === 0 ? test : test.skip;

let ground: Ground;
let app: TestApp;
let viewer: Client;

let logged: jest.SpyInstance;

/** What went to the log of errors. */
const log = () => logged.mock.calls.join('');

beforeEach(async () => {
  ground = await createGround();
  logged = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
});

afterEach(async () => {
  logged.mockRestore();
  await app.close();
  await ground.remove();
});

async function start(settings: Record<string, string> = {}): Promise<void> {
  app = await startAppOn(ground, settings);
  viewer = (await makePerson(app)).client;
}

async function expectRefusal(): Promise<void> {
  const { status, headers, body } = await viewer.upload(await clip('silent'));
  expect([status, body]).toEqual([503, expect.objectContaining(REFUSED)]);
  expect(headers.get('retry-after')).toBe('10');
}

describe('S3', () => {
  let storage: TestStorage;

  beforeAll(async () => {
    storage = await startStorage('s3');
  });

  afterAll(() => storage.stop());

  test('that refuses the key is told in an upload, and the reason in the log', async () => {
    await start({ ...storage.settings, S3_SECRET_ACCESS_KEY: 'not the secret of this key' });
    await expectRefusal();
    expect(log()).toMatch(/S3Failure: s3:\w+ on bucket \S+ was refused/);
  });
});

testOfRoot('a disk that can no longer be written to is told in an upload', async () => {
  const media = path.join(ground.dataDir, 'media');
  await mkdir(media);
  execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', media]);
  try {
    await start();
    const object = { filename: 'a.mp4', content_type: 'video/mp4', size: 5 };
    const address = (await viewer.post('upload/videos/upload-url', object))
      .body as UploadAddressDto;
    const tus = new TusClient(viewer);
    const begun = await tus.create(5);
    execFileSync('mount', ['-o', 'remount,ro', media]);
    await expectRefusal();
    const piece = await tus.patch(begun, 0, Buffer.from('bytes'));
    expect(piece).toMatchObject({ status: 503, problem: REFUSED });
    const { status } = await put(
      new URL(address.upload_url ?? '', app.origin).href,
      Buffer.from('bytes'),
      { ...address.headers },
    );
    expect(status).toBe(503);
    expect(log()).toMatch(/ENOENT|EROFS/);
    execFileSync('mount', ['-o', 'remount,rw', media]);
    const film = await viewer.uploadVideo(await clip('silent'));
    expect(await viewer.settled(film)).toMatchObject({ status: 'ready' });
  } finally {
    execFileSync('umount', ['--lazy', media]);
  }
});
