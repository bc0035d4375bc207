import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { LibraryVideoDto } from '../../src/catalogue/sources/source-library.dto.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { clip, clipNamed } from '../support/clips.js';
import { query } from '../support/database.js';
import { makePerson } from '../support/people.js';
import { startStorage, STORAGES, type TestStorage } from '../support/storages.js';

const FIELDS = [
  ...['id', 'filename', 'original_filename', 's3_key', 's3_url', 'content_type', 'file_size'],
  ...['duration', 'thumbnail_url', 'uploaded_at', 'metadata'],
];

const NOBODY = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';

const library = (client: Client, search = '') => client.get(`videos/s3-videos${search}`);
const recent = (client: Client, search = '') => client.get(`videos/s3-videos/recent${search}`);
const namesIn = ({ body }: { body: { videos: LibraryVideoDto[] } }) =>
  body.videos.map(({ filename }) => filename);

/** Uploads what is no video; only a worker would mind. */
async function uploadBytes(client: Client, name: string, bytes = 10): Promise<LibraryVideoDto> {
  const form = new FormData();
  form.append('allow_duplicate', 'true');
  form.append('file', new Blob([new Uint8Array(bytes)]), name);
  const { status, body } = await client.post('upload/video', form);
  expect(status).toBe(201);
  return body as LibraryVideoDto;
}

describe.each(STORAGES)('the S3 library on %s', (kind) => {
  let storage: TestStorage;
  let ground: Ground;
  let app: TestApp;
  let anna: Client;
  let annaId: string;

  beforeAll(async () => {
    storage = await startStorage(kind);
    ground = await createGround();
    app = await startAppOn(ground, { ...storage.settings, ENCODE_LADDER: '90' });
    ({ client: anna, id: annaId } = await makePerson(app));
  });
  afterAll(async () => {
    await app.close();
    await ground.remove();
    await storage.stop();
  });

  test('answers an upload with its fields, and tells more once the file has been looked into', async () => {
    const file = await clipNamed('silent', 'My Holiday.mp4');
    const bytes = await readFile(file);
    const form = new FormData();
    form.append('file', new Blob([bytes]), path.basename(file));
    const { status, body } = await anna.post('upload/video', form);
    expect(status).toBe(201);
    const uploaded = body as LibraryVideoDto;
    expect(Object.keys(uploaded)).toEqual(FIELDS);
    expect(uploaded).toMatchObject({
      filename: 'My_Holiday.mp4',
      original_filename: 'My Holiday.mp4',
      s3_key: expect.stringMatching(
        new RegExp(`^uploads/users/${annaId}/videos/\\d{13}_My_Holiday\\.mp4$`),
      ) as string,
      content_type: 'video/mp4',
      file_size: bytes.length,
      duration: null,
      thumbnail_url: null,
      metadata: null,
    });
    expect((await recent(anna)).body).toEqual({
      videos: [expect.objectContaining({ duration: null })],
    });
    await anna.settled(uploaded.id);
    const page = (await library(anna)).body as { videos: LibraryVideoDto[] };
    expect(page).toEqual({
      videos: [
        {
          ...uploaded,
          s3_url: expect.any(String) as string,
          duration: expect.closeTo(1, 1) as number,
          thumbnail_url: expect.stringMatching(/^\/media\/.*thumbnail\.jpg$/) as string,
          metadata: { resolution: '320x180', fps: 25, codec: 'h264' },
        },
      ],
      total_count: 1,
      page: 1,
      page_size: 10,
      total_pages: 1,
      has_more: false,
    });
    expect((await recent(anna)).body).toEqual({ videos: page.videos });
    expect((await anna.get(page.videos[0]?.thumbnail_url ?? '')).status).toBe(200);
  });

  test('links to the very bytes that were uploaded, whole and in part', async () => {
    const bytes = await readFile(await clip('silent'));
    const [entry] = (await library(anna, '?search=holiday')).body.videos as LibraryVideoDto[];
    const url = app.origin + (entry?.s3_url ?? '');
    const whole = await fetch(url);
    expect(whole.status).toBe(200);
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': String(bytes.length),
      'content-disposition': 'attachment; filename="My_Holiday.mp4"',
      'cache-control': 'private, no-cache',
    });
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true);
    const part = await fetch(url, { headers: { range: 'bytes=10-19' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20))).toBe(true);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  });

  test('finds an upload by its key, with its slashes as they are and encoded', async () => {
    const [entry] = (await library(anna)).body.videos as LibraryVideoDto[];
    const key = entry?.s3_key ?? '';
    for (const spelled of [key, encodeURIComponent(key), key.replace('_My', '%5fMy')]) {
      const { status, body } = await anna.get(`videos/s3-videos/by-key/${spelled}`);
      expect([spelled, status, body]).toEqual([spelled, 200, entry]);
    }
  });
});

describe('the S3 library', () => {
  let ground: Ground;
  let app: TestApp;
  let anna: Client;
  let ben: Client;
  let staff: Client;

  beforeAll(async () => {
    ground = await createGround();
    app = await startAppOn(ground, { ROLES: 'api' });
    staff = (await makePerson(app, { role: 'staff' })).client;
  });
  afterAll(async () => {
    await app.close();
    await ground.remove();
  });
  beforeEach(async () => {
    anna = (await makePerson(app)).client;
    ben = (await makePerson(app)).client;
  });

  test('is empty in the beginning, and its own address is no video', async () => {
    expect(await library(anna)).toMatchObject({
      status: 200,
      body: { videos: [], total_count: 0, total_pages: 0, has_more: false },
    });
  });

  test('comes in pages', async () => {
    for (const name of ['a.mp4', 'b.mp4', 'c.mp4']) await uploadBytes(anna, name);
    const first = await library(anna, '?page_size=2');
    expect(namesIn(first)).toEqual(['c.mp4', 'b.mp4']);
    expect(first.body).toMatchObject({ total_count: 3, total_pages: 2, has_more: true });
    const second = await library(anna, '?page_size=2&page=2');
    expect(namesIn(second)).toEqual(['a.mp4']);
    expect(second.body).toMatchObject({ page: 2, page_size: 2, has_more: false });
    expect(namesIn(await library(anna, '?page=3&page_size=2'))).toEqual([]);
  });

  test('is sorted by whatever it shows', async () => {
    const ids: string[] = [];
    for (const [name, bytes] of [
      ['b 1.mp4', 30],
      ['é.mp4', 10],
      ['a.mkv', 20],
    ] as const) {
      ids.push((await uploadBytes(anna, name, bytes)).id);
    }
    await query(ground.databaseUrl, 'UPDATE videos SET duration_seconds = 5 WHERE id = $1', [
      ids[2],
    ]);
    await query(ground.databaseUrl, 'UPDATE videos SET updated_at = now() WHERE id = $1', [ids[1]]);
    const sorted = async (by: string, order: string) =>
      namesIn(await library(anna, `?sort_by=${by}&sort_order=${order}`));
    expect(await sorted('created_at', 'asc')).toEqual(['b_1.mp4', 'e.mp4', 'a.mkv']);
    expect(await sorted('updated_at', 'desc')).toEqual(['e.mp4', 'a.mkv', 'b_1.mp4']);
    expect(await sorted('filename', 'asc')).toEqual(['a.mkv', 'b_1.mp4', 'e.mp4']);
    expect(await sorted('original_filename', 'desc')).toEqual(['e.mp4', 'b_1.mp4', 'a.mkv']);
    expect(await sorted('file_size', 'asc')).toEqual(['e.mp4', 'a.mkv', 'b_1.mp4']);
    expect((await sorted('duration', 'desc'))[0]).toBe('a.mkv');
    expect((await sorted('duration', 'asc'))[0]).toBe('a.mkv');
  });

  test('is searched by both names, in which no character is special', async () => {
    await uploadBytes(anna, '100% Größe.mp4');
    await uploadBytes(anna, '1000_b.mp4');
    expect(namesIn(await library(anna, '?search=GRÖSSE'))).toEqual([]);
    expect(namesIn(await library(anna, '?search=GRÖ'))).toEqual(['100_Gro_e.mp4']);
    expect(namesIn(await library(anna, '?search=gro_e'))).toEqual(['100_Gro_e.mp4']);
    expect(namesIn(await library(anna, '?search=100%25'))).toEqual(['100_Gro_e.mp4']);
    expect(namesIn(await library(anna, '?search=0_b'))).toEqual(['1000_b.mp4']);
    expect(namesIn(await library(anna, '?search='))).toHaveLength(2);
    expect((await library(anna, '?search=nothing')).body).toMatchObject({ total_count: 0 });
  });

  test('shows the newest at once after every change, five unless more are asked for', async () => {
    for (let at = 1; at <= 6; at += 1) await uploadBytes(anna, `${at}.mp4`);
    expect(namesIn(await recent(anna))).toEqual(['6.mp4', '5.mp4', '4.mp4', '3.mp4', '2.mp4']);
    const [newest] = (await recent(anna, '?limit=1')).body.videos as LibraryVideoDto[];
    expect(newest?.filename).toBe('6.mp4');
    expect((await anna.send('DELETE', `videos/s3-videos/${newest?.id}`)).status).toBe(204);
    expect(namesIn(await recent(anna, '?limit=1'))).toEqual(['5.mp4']);
    await uploadBytes(anna, '7.mp4');
    expect(namesIn(await recent(anna, '?limit=1'))).toEqual(['7.mp4']);
  });

  test('keeps what is asked for repeatedly until something changes', async () => {
    await uploadBytes(anna, 'kept.mp4');
    expect(namesIn(await recent(anna))).toEqual(['kept.mp4']);
    await query(
      ground.databaseUrl,
      `UPDATE videos SET source_key = 'x/1_other.mp4' WHERE source_name = 'kept.mp4'`,
    );
    expect(namesIn(await recent(anna))).toEqual(['kept.mp4']);
    await uploadBytes(ben, 'ben.mp4');
    expect(namesIn(await recent(anna))).toEqual(['other.mp4']);
  });

  test('is deleted from as the catalogue is', async () => {
    const { id, s3_key: key, s3_url: url } = await uploadBytes(anna, 'gone.mp4');
    expect((await anna.get(url)).status).toBe(200);
    expect((await anna.send('DELETE', `videos/s3-videos/${id}`)).status).toBe(204);
    const after = [
      await anna.get(`videos/s3-videos/by-key/${key}`),
      await anna.get(`videos/${id}`),
      await anna.get(url),
      await anna.send('DELETE', `videos/s3-videos/${id}`),
    ];
    expect(after.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    const rows = await query(ground.databaseUrl, 'SELECT 1 FROM videos WHERE source_key = $1', [
      key,
    ]);
    expect(rows).toHaveLength(1);
  });

  test('is nobody else’s, also not that of staff', async () => {
    const { id, s3_key: key } = await uploadBytes(anna, 'mine.mp4');
    for (const other of [ben, staff]) {
      expect(namesIn(await library(other))).toEqual([]);
      expect(namesIn(await recent(other))).toEqual([]);
      const answers = [
        await other.get(`videos/s3-videos/by-key/${key}`),
        await other.send('DELETE', `videos/s3-videos/${id}`),
      ];
      expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
        [404, 'video.not_found'],
        [404, 'video.not_found'],
      ]);
    }
  });

  test('gives the bytes to no other link than its own', async () => {
    const { id, s3_url: url } = await uploadBytes(anna, 'page.html');
    const own = await anna.get(url);
    expect([own.status, own.headers.get('content-type')]).toEqual([
      200,
      'application/octet-stream',
    ]);
    const [, , token = ''] = url.split('/');
    const forged = `${token.slice(0, -2)}AA`;
    expect((await anna.get(`/media/${forged}/source/page.html`)).body.code).toBe(
      'media.invalid_token',
    );
    // A playback link of the same viewer is for outputs alone, and the other way round.
    const poster = `videos/${id}/x/thumbnail.jpg`;
    await query(ground.databaseUrl, 'UPDATE videos SET thumbnail_key = $2 WHERE id = $1', [
      id,
      poster,
    ]);
    const shown = (await anna.get(`videos/${id}`)).body as { thumbnail_url: string };
    const playback = shown.thumbnail_url.split('/')[2] ?? '';
    expect((await anna.get(`/media/${playback}/source/page.html`)).body.code).toBe(
      'media.invalid_token',
    );
    expect((await anna.get(`/media/${token}/x/thumbnail.jpg`)).body.code).toBe(
      'media.invalid_token',
    );
  });

  test('plays no playlist of somebody’s making', async () => {
    const { s3_url: url } = await uploadBytes(anna, 'evil.m3u8');
    expect((await anna.get(url)).headers.get('content-type')).toBe('application/octet-stream');
  });

  test.each([
    ['?page=0', 'page'],
    ['?page=-1', 'page'],
    ['?page=x', 'page'],
    ['?page_size=0', 'page_size'],
    ['?page_size=51', 'page_size'],
    ['?sort_by=title', 'sort_by'],
    ['?sort_by=created_at;drop', 'sort_by'],
    ['?sort_order=up', 'sort_order'],
    ['?search=%00', 'search'],
    ['?unknown=1', 'unknown'],
    ['/recent?limit=0', 'limit'],
    ['/recent?limit=21', 'limit'],
    ['/recent?limit=many', 'limit'],
  ])('refuses %s and names the field', async (address, field) => {
    const { status, body } = await library(anna, address);
    expect([status, body.code, body.errors[0].field]).toEqual([400, 'request.invalid', field]);
  });

  test('finds nothing under keys that nobody has', async () => {
    const keys = [
      'nothing',
      'uploads/../../etc/passwd',
      'a/b/c.mp4',
      '%2e%2e/%2e%2e',
      "x' OR 1=1--",
    ];
    for (const key of keys) {
      const { status } = await anna.get(`videos/s3-videos/by-key/${encodeURIComponent(key)}`);
      expect([key, status]).toEqual([key, 404]);
    }
    expect((await anna.get('videos/s3-videos/by-key/%00')).status).toBe(400);
  });

  test('knows no ids but UUIDs', async () => {
    expect((await anna.send('DELETE', 'videos/s3-videos/7')).status).toBe(400);
    expect((await anna.send('DELETE', `videos/s3-videos/${NOBODY}`)).status).toBe(404);
  });
});
