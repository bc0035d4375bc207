import { DataSource } from 'typeorm';
import { DeletedVideosService } from '../../src/catalogue/trash/deleted-videos.service.js';
import { JobQueue } from '../../src/ports/job-queue.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { startApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { makePerson, type Person } from '../support/people.js';
import { until } from '../support/until.js';

const NOBODY = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';
const QUOTA = 1_000_000;

let app: TestApp;
let anna: Person;
let staff: Person;

beforeAll(async () => {
  app = await startApp({ ENCODE_LADDER: '90', ROLES: 'api,worker', USER_QUOTA_BYTES: `${QUOTA}` });
  staff = await makePerson(app, { role: 'staff' });
});
afterAll(() => app.close());
beforeEach(async () => {
  anna = await makePerson(app);
});

const sql = <T>(query: string, parameters: unknown[] = []) =>
  app.app.get(DataSource).query<T[]>(query, parameters);
const remove = ({ client }: Person, id: string, how = '') =>
  client.send('DELETE', `videos/${id}${how}`);
const restore = ({ client }: Person, id: string) => client.post(`videos/${id}/restore`);
const usedBy = async ({ client }: Person) =>
  ((await client.get('users/me/usage')).body as { used_bytes: number }).used_bytes;
const rows = (id: string) => sql('SELECT 1 FROM videos WHERE id = $1', [id]);
const purgeDue = () => app.app.get(DeletedVideosService, { strict: false }).purgeDue();

async function keys(prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const key of app.app.get(MediaStorage).list(prefix)) found.push(key);
  return found;
}
const sourcesOf = ({ id }: Person) => keys(`uploads/users/${id}/`);

async function ready({ client }: Person, name: Parameters<typeof clip>[0] = 'silent') {
  const id = await client.uploadVideo(await clip(name));
  expect((await client.settled(id)).status).toBe('ready');
  return id;
}

async function plays(client: Client, id: string): Promise<boolean> {
  const { status, body } = await client.get(`videos/${id}/playback`);
  return status === 200 && (await client.get((body as { hls_url: string }).hls_url)).status === 200;
}

describe('a deleted video', () => {
  test('comes back as it was, and counts again', async () => {
    const id = await ready(anna);
    const [before, used] = [(await anna.client.get(`videos/${id}`)).body, await usedBy(anna)];
    expect((await remove(anna, id)).status).toBe(204);
    expect([await usedBy(anna), await plays(anna.client, id)]).toEqual([0, false]);
    const { status, body } = await restore(anna, id);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, status: 'ready', title: before.title, playable: true });
    expect([await usedBy(anna), await plays(anna.client, id)]).toEqual([used, true]);
    expect((await anna.client.get('videos?mine=true')).body.videos).toHaveLength(1);
    const [event] = await sql<{ actor_id: string }>(
      `SELECT actor_id FROM audit_events WHERE action = 'video.restored' AND subject_id = $1`,
      [id],
    );
    expect(event?.actor_id).toBe(anna.id);
  });

  test('is known to its uploader and to staff alone', async () => {
    const ben = await makePerson(app);
    const id = await ready(anna);
    expect((await restore(ben, id)).body.code).toBe('auth.forbidden');
    expect((await remove(ben, id, '?purge=true')).body.code).toBe('auth.forbidden');
    await remove(anna, id);
    expect((await restore(ben, id)).body.code).toBe('video.not_found');
    expect((await remove(ben, id, '?purge=true')).body.code).toBe('video.not_found');
    expect((await remove(anna, id)).body.code).toBe('video.not_found');
    expect((await restore(staff, id)).status).toBe(200);
    expect((await restore(anna, id)).body.code).toBe('video.state_conflict');
    expect((await restore(anna, NOBODY)).body.code).toBe('video.not_found');
    expect((await remove(anna, id, '?purge=maybe')).status).toBe(400);
    expect((await remove(anna, id, '?purge=false')).status).toBe(204);
  });

  test('that was being processed comes back cancelled, and can be retried', async () => {
    const id = await anna.client.uploadVideo(await clip('long'));
    await remove(anna, id);
    expect((await restore(anna, id)).body).toMatchObject({ status: 'cancelled' });
    expect((await anna.client.post(`videos/${id}/retry`)).status).toBe(200);
    expect((await anna.client.settled(id)).status).toBe('ready');
    expect(await plays(anna.client, id)).toBe(true);
  });

  test('stays away while there is no room for it', async () => {
    const id = await ready(anna);
    await remove(anna, id);
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(QUOTA - 1000)]), 'film.mp4');
    const { status, body } = await anna.client.post('videos/upload', form);
    expect(status).toBe(201);
    // Whoever decides, it is the uploader's room.
    for (const person of [anna, staff]) {
      expect((await restore(person, id)).body.code).toBe('upload.over_quota');
    }
    await remove(anna, body.id, '?purge=true');
    expect((await restore(anna, id)).status).toBe(200);
  });
});

describe('a purge', () => {
  test.each(['at once', 'after its deletion'])('%s leaves nothing', async (when) => {
    const id = await ready(anna);
    if (when !== 'at once') await remove(anna, id);
    expect(await keys(`videos/${id}/`)).not.toEqual([]);
    expect((await remove(anna, id, '?purge=true')).status).toBe(204);
    expect([await keys(`videos/${id}/`), await sourcesOf(anna), await rows(id)]).toEqual([
      [],
      [],
      [],
    ]);
    expect((await restore(anna, id)).status).toBe(404);
    expect((await remove(anna, id, '?purge=true')).status).toBe(404);
    expect(await usedBy(anna)).toBe(0);
    const again = await anna.client.upload(await clip('silent'));
    expect(again.status).toBe(201);
  });

  test('in the middle of an encode leaves nothing either', async () => {
    const id = await anna.client.uploadVideo(await clip('long'));
    await until(async () => (await keys(`videos/${id}/`)).length > 0, {
      what: 'the first segment',
    });
    expect((await remove(anna, id, '?purge=true')).status).toBe(204);
    expect(await rows(id)).toEqual([]);
    const [work] = await until(
      async () => {
        const left = await keys(`videos/${id}/`);
        return left.length === 0 && [left];
      },
      { what: 'the end of the encode' },
    );
    expect([work, await sourcesOf(anna)]).toEqual([[], []]);
  });

  test('of a source’s first video leaves the source to the others', async () => {
    const { client } = anna;
    const original = await ready(anna);
    const copies: string[] = [];
    for (const title of ['One', 'Two']) {
      const { body } = await client.post('jobs/create', { s3_video_id: original, title });
      copies.push((body as { id: string }).id);
      expect((await client.settled(copies.at(-1) ?? '')).status).toBe('ready');
    }
    const [first = '', second = ''] = copies;
    const source = await sourcesOf(anna);
    await remove(anna, original, '?purge=true');
    expect(await sourcesOf(anna)).toEqual(source);
    expect([await plays(client, first), await plays(client, second)]).toEqual([true, true]);
    // The library shows each source once.
    const { body } = await client.get('videos/s3-videos');
    expect(body).toMatchObject({ total_count: 1, videos: [{ id: first, s3_key: source[0] }] });
    expect((await client.get(`jobs/${first}`)).body).toMatchObject({ source_video_id: null });
    expect((await client.get(`jobs/${second}`)).body).toMatchObject({ source_video_id: first });
    const third = await client.post('jobs/create', { s3_video_id: first, title: 'Three' });
    expect(third.status).toBe(201);
    expect((await client.settled(third.body.id)).status).toBe('ready');
    for (const id of [first, second]) await remove(anna, id, '?purge=true');
    expect(await sourcesOf(anna)).toEqual(source);
    await remove(anna, third.body.id, '?purge=true');
    expect(await sourcesOf(anna)).toEqual([]);
  });

  test('comes by itself 30 days after the deletion', async () => {
    const [older, younger] = [await ready(anna), await ready(anna)];
    for (const [id, days] of [
      [older, 31],
      [younger, 29],
    ] as const) {
      await remove(anna, id);
      await sql(`UPDATE videos SET deleted_at = now() - make_interval(days => $2) WHERE id = $1`, [
        id,
        days,
      ]);
    }
    await app.app.get(JobQueue).add('purge-deleted-videos', {});
    await until(async () => (await rows(older)).length === 0, { what: 'the purge' });
    const run = await until(
      async () => {
        const [latest] = await sql<{ outcome: string; detail: string }>(
          `SELECT outcome, detail FROM schedule_runs WHERE schedule = 'purge-deleted-videos'
           AND outcome <> 'running'`,
        );
        return latest;
      },
      { what: 'the record' },
    );
    expect(run).toEqual({ outcome: 'succeeded', detail: 'purged 1 video' });
    expect(await keys(`videos/${older}/`)).toEqual([]);
    expect(await sourcesOf(anna)).toHaveLength(1);
    expect((await restore(anna, younger)).status).toBe(200);
    expect(await plays(anna.client, younger)).toBe(true);
  });

  test('that was cut short goes on, and cannot be taken back', async () => {
    const id = await ready(anna);
    await remove(anna, id);
    await sql('UPDATE videos SET purge_started_at = now() WHERE id = $1', [id]);
    await app.app.get(MediaStorage).deleteTree(`videos/${id}/`);
    expect((await restore(anna, id)).body.code).toBe('video.state_conflict');
    expect(await purgeDue()).toBe('purged 1 video');
    expect([await rows(id), await sourcesOf(anna)]).toEqual([[], []]);
    expect(await purgeDue()).toBe('purged 0 videos');
  });
});
