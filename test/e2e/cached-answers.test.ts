import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { IntakeService, type NewVideo } from '../../src/catalogue/intake.service.js';
import { UsersService } from '../../src/users/users.service.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client, signUp } from '../support/client.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

describe.each(['each process', 'Redis'])('answers kept in the memory of %s', (where) => {
  let ground: Ground;
  let redis: RedisServer | undefined;
  let apps: TestApp[];
  let ada: Client[];
  let bob: Client[];

  beforeAll(async () => {
    ground = await createGround();
    redis = where === 'Redis' ? await startRedisServer() : undefined;
    const settings = redis ? { REDIS_URL: redis.url } : {};
    apps = await Promise.all([startAppOn(ground, settings), startAppOn(ground, settings)]);
    ada = await signUpOnAll('ada@example.org');
    bob = await signUpOnAll('bob@example.org');
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.close()));
    await redis?.stop();
    await ground.remove();
  });

  async function signUpOnAll(email: string): Promise<Client[]> {
    const { token } = await signUp(first(apps), email);
    return apps.map(({ origin }) => new Client(origin, token));
  }

  async function add(fields: Partial<NewVideo> = {}): Promise<string> {
    const { app } = first(apps);
    const owner = await app.get(UsersService).findByEmail('ada@example.org');
    const id = randomUUID();
    const video: NewVideo = {
      id,
      ownerId: owner?.id ?? '',
      title: 'Tidewater',
      description: '',
      language: null,
      tags: [],
      visibility: 'PUBLIC',
      originalFilename: 'clip.mp4',
      sourceKey: `uploads/${id}`,
      sourceSizeBytes: 1000,
      sourceSha256: null,
      ...fields,
    };
    await app.get(IntakeService).create(video, [], randomUUID());
    return id;
  }

  const titlesOf = async (client: Client) => {
    const { body } = await client.get('videos?sort_by=title&sort_order=asc');
    return body.videos.map(({ title }: { title: string }) => title);
  };

  test('are forgotten by every process when the catalogue changes, at once', async () => {
    for (let change = 0; change < 20; change += 1) {
      const title = `Film ${change}`;
      const id = await add({ title });
      for (const client of [...bob].reverse()) expect(await titlesOf(client)).toEqual([title]);
      await first(ada).send('DELETE', `videos/${id}`);
      for (const client of [...bob].reverse()) expect(await titlesOf(client)).toEqual([]);
    }
  });

  test('are each for one viewer', async () => {
    const id = await add({ visibility: 'PRIVATE' });
    const [mine] = ada;
    const [other] = bob;
    const path = 'videos?mine=true';
    for (let read = 0; read < 2; read += 1) {
      expect((await mine?.get(path))?.body.total_count).toBe(1);
      expect((await other?.get(path))?.body.total_count).toBe(0);
    }
    await first(ada).send('DELETE', `videos/${id}`);
  });

  test('have a version, and whoever holds it gets no body', async () => {
    const id = await add();
    await first(apps).app.get(DataSource).query("UPDATE videos SET status = 'ready'");
    for (const url of ['videos', 'genres', `videos/${id}/metadata`, `videos/${id}`]) {
      const { status, headers, body } = await first(bob).get(url);
      const etag = headers.get('etag') ?? '';
      expect([url, status, etag.length > 10]).toEqual([url, 200, true]);
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(headers.get('cache-control')).toBe('private, no-cache');
      const again = await first(bob).get(url, { 'if-none-match': etag });
      expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', etag]);
      const other = await first(bob).get(url, { 'if-none-match': '"other"' });
      expect([other.status, other.body]).toEqual([200, body]);
    }
    const { headers } = await first(bob).get('videos');
    await add({ title: 'Another' });
    const fresh = await first(bob).get('videos', { 'if-none-match': headers.get('etag') ?? '' });
    expect([fresh.status, fresh.body.total_count]).toEqual([200, 2]);
  });

  test('do not outlast the sign-in that they were made for', async () => {
    const eve = await signUpOnAll('eve@example.org');
    for (const client of eve) expect((await client.get('videos')).status).toBe(200);
    await first(eve).post('auth/logout', {});
    for (const client of eve) expect((await client.get('videos')).status).toBe(401);
  });

  test('show a new name of an uploader at once', async () => {
    await add({ title: 'Named' });
    const nameOn = async (client: Client) => {
      const { body } = await client.get('videos?search=Named');
      return body.videos[0].uploaded_by.name;
    };
    for (const name of ['Ada', 'Ada Lovelace']) {
      await first(ada).send('PATCH', 'users/me', { name });
      for (const client of [...bob].reverse()) expect(await nameOn(client)).toBe(name);
    }
  });
});

test('Redis that goes away makes answers slower, and none of them fail', async () => {
  const ground = await createGround();
  const redis = await startRedisServer();
  const app = await startAppOn(ground, { REDIS_URL: redis.url });
  const ada = await signUp(app, 'ada@example.org');
  expect((await ada.get('videos')).status).toBe(200);
  await redis.stop();
  for (const url of ['videos', 'videos?page_size=3', 'genres', 'videos?search=tide']) {
    expect([url, (await ada.get(url)).status]).toEqual([url, 200]);
  }
  const again = await startRedisServer({ port: redis.port });
  await until(async () => (await ada.get('/readyz')).status === 200);
  await app.close();
  await again.stop();
  await ground.remove();
});

function first<T>([value]: readonly T[]): T {
  if (value === undefined) throw new Error('there is none');
  return value;
}
