import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import type { Problem } from '../../src/common/problem.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { filesBelow } from '../support/files.js';
import { makePerson } from '../support/people.js';

const QUOTA = 3_000_000;

let ground: Ground;
let app: TestApp;
let anna: Client;
let ben: Client;

/** Without a worker, which would throw away what is no video. */
beforeAll(async () => {
  ground = await createGround();
  app = await startAppOn(ground, { ROLES: 'api', USER_QUOTA_BYTES: `${QUOTA}` });
});
afterAll(async () => {
  await app.close();
  await ground.remove();
});

beforeEach(async () => {
  anna = (await makePerson(app)).client;
  ben = (await makePerson(app)).client;
});

const usageOf = async (client: Client) => (await client.get('users/me/usage')).body as object;
const sources = () => filesBelow(path.join(ground.dataDir, 'media', 'uploads'));

/** Uploads so many bytes, which need not be a video. */
function upload(client: Client, bytes: number): Promise<Answer> {
  const form = new FormData();
  form.append('allow_duplicate', 'true');
  form.append('file', new Blob([new Uint8Array(bytes)]), 'film.mp4');
  return client.post('videos/upload', form);
}

/** Sends the head of an upload, and no byte of its body. */
async function announce(client: Client, bytes: number): Promise<[number, Problem]> {
  const sent = request(`${app.origin}/api/v1/videos/upload`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${client.token}`,
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': bytes,
    },
  });
  sent.flushHeaders();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const problem = (await json(response)) as Problem;
  sent.destroy();
  return [response.statusCode ?? 0, problem];
}

test('what somebody has is counted, source and renditions, until it is deleted', async () => {
  const none = {
    used_bytes: 0,
    source_bytes: 0,
    rendition_bytes: 0,
    incoming_bytes: 0,
    quota_bytes: QUOTA,
  };
  expect(await usageOf(anna)).toEqual(none);
  const worker = await startAppOn(ground, { ROLES: 'worker', ENCODE_LADDER: '90,180' });
  const file = await clip('long');
  const id = await anna.uploadVideo(file);
  expect(await anna.settled(id)).toMatchObject({ status: 'ready' });
  await worker.close();
  const [row] = await query<{ bytes: string }>(
    ground.databaseUrl,
    `SELECT sum(size_bytes) AS bytes FROM renditions JOIN revisions r ON r.id = revision_id
     WHERE r.video_id = $1`,
    [id],
  );
  const source = (await stat(file)).size;
  const renditions = Number(row?.bytes);
  expect(renditions).toBeGreaterThan(10_000);
  expect(await usageOf(anna)).toEqual({
    used_bytes: source + renditions,
    source_bytes: source,
    rendition_bytes: renditions,
    incoming_bytes: 0,
    quota_bytes: QUOTA,
  });
  expect(await usageOf(ben)).toEqual(none);
  await anna.send('DELETE', `videos/${id}`);
  expect(await usageOf(anna)).toEqual(none);
});

test('a file for which there is no room is refused before it is sent', async () => {
  const [status, problem] = await announce(anna, 50_000_000);
  expect([status, problem.code]).toEqual([413, 'upload.over_quota']);
  expect(problem.detail).toContain(`${QUOTA}`);
});

test('one that is a little too large is refused while it comes, and leaves nothing', async () => {
  const before = await sources();
  const { status, body } = await upload(anna, QUOTA + 1);
  expect([status, (body as Problem).code]).toEqual([413, 'upload.over_quota']);
  expect(await sources()).toEqual(before);
  expect((await upload(anna, QUOTA)).status).toBe(201);
  expect((await upload(anna, 1)).status).toBe(413);
  expect((await upload(ben, 1000)).status).toBe(201);
});
