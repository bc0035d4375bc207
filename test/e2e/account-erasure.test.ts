import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DataSource } from 'typeorm';
import { ErasureService } from '../../src/account/erasure.service.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { MailLinksService } from '../../src/auth/mail-links/mail-links.service.js';
import { JobQueue, PermanentJobError } from '../../src/ports/job-queue.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD, type Answer } from '../support/client.js';
import { clip } from '../support/clips.js';
import { setClock } from '../support/clock.js';
import { CookieClient } from '../support/cookie-client.js';
import { filesBelow } from '../support/files.js';
import { makePerson, type Person } from '../support/people.js';
import { tracesOf } from '../support/traces.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let app: TestApp;
let staff: Person;

beforeAll(async () => {
  // Without the scheduler, whose hours come when the clock is set.
  app = await startApp({ ENCODE_LADDER: '90', ROLES: 'api,worker' });
  staff = await makePerson(app, { role: 'superuser' });
});
afterAll(() => app.close());
afterEach(() => {
  jest.useRealTimers();
});

const leave = ({ client }: Person, password = PASSWORD): Promise<Answer> =>
  client.send('DELETE', 'users/me', { password });
const login = (email: string): Promise<Answer> =>
  new Client(app.origin).post('auth/login', { email, password: PASSWORD });
const erasure = () => app.app.get(ErasureService, { strict: false });
const sql = <T>(query: string, parameters: unknown[] = []) =>
  app.app.get(DataSource).query<T[]>(query, parameters);

async function mailAbout(address: string, subject: RegExp) {
  return until(
    async () =>
      (await mailsTo(app.dataDir, address)).find((mail) => subject.test(mail.subject ?? '')),
    { what: `the mail to ${address}` },
  );
}

async function storedAbout(ids: readonly string[]): Promise<string[]> {
  const keys = await filesBelow(path.join(app.dataDir, 'media'));
  return keys.filter((key) => ids.some((id) => key.includes(id)));
}

/** Somebody who has left traces wherever traces can be left. */
async function settler(): Promise<Person & { username: string; videoIds: string[] }> {
  const username = `settler_${randomBytes(4).toString('hex')}`;
  const person = await makePerson(app, { username, name: `Name of ${username}` });
  const { client, id, email } = person;
  const form = new FormData();
  form.append('file', new Blob([await readFile(await clip('still'))]), 'me.png');
  await client.send('PUT', 'users/me/avatar', form);
  const uploads = [
    await client.upload(await clip('silent')),
    await client.upload(await clip('long')),
  ];
  const videoIds = uploads.map(({ body }) => (body as { id: string }).id);
  for (const videoId of videoIds) await client.settled(videoId);
  const track = new FormData();
  track.append('file', new Blob(['1\n00:00:00,000 --> 00:00:01,000\nHello.\n']), 'own.srt');
  track.append('language', 'en');
  track.append('label', `Words of ${username}`);
  expect((await client.post(`videos/${videoIds[0] ?? ''}/subtitles`, track)).status).toBe(201);
  await client.send('DELETE', `videos/${videoIds[1] ?? ''}`);
  const job = await client.post('jobs/create', {
    s3_video_id: videoIds[0],
    transcript_text: `What ${username} says`,
  });
  expect(job.status).toBe(201);
  videoIds.push(job.body.id as string);
  await client.settled(videoIds[2] ?? '');
  const announced = await client.post('upload/videos/upload-url', {
    filename: `${username}.mp4`,
    content_type: 'video/mp4',
    size: 1000,
  });
  expect(announced.status).toBe(200);
  const watched = { position_seconds: 0.5 };
  await client.send('PUT', `videos/${videoIds[0] ?? ''}/progress`, watched);
  await client.send('PUT', `me/list/${videoIds[0] ?? ''}`);
  const series = await client.post('series', { title: `Series of ${username}` });
  expect(series.status).toBe(201);
  const episode = { series_id: series.body.id as string };
  await client.send('PATCH', `videos/${videoIds[0] ?? ''}`, episode);
  await client.send('PUT', `videos/${videoIds[0] ?? ''}/like`);
  await client.send('PUT', `videos/${videoIds[0] ?? ''}/rating`, { stars: 4 });
  await client.post(`videos/${videoIds[0] ?? ''}/comments`, { text: `${username} was here` });

  const credential = randomBytes(16).toString('base64url');
  await sql(
    `INSERT INTO passkeys (user_id, credential_id, public_key, counter, name)
     VALUES ($1, $2, '\\x00', 0, $3)`,
    [id, credential, `Key of ${username}`],
  );
  await sql(`INSERT INTO passkey_challenges VALUES ($1, $2, 'challenge', now())`, [
    randomUUID(),
    id,
  ]);
  await sql(
    `INSERT INTO totp_credentials (user_id, sealed_secret, confirmed_at) VALUES ($1, '\\x00', NULL)`,
    [id],
  );
  await sql(`INSERT INTO recovery_codes VALUES ($1, '\\x01')`, [id]);

  await new Client(app.origin).post('auth/password/forgot', { email });
  await mailAbout(email, /password/);
  await client.post('users/me/email', { new_email: `new.${email}`, password: PASSWORD });
  await mailAbout(email, /^Somebody asked/);
  await new Client(app.origin).post('auth/login', { email, password: 'wrong' });
  await app.app.get(AuditService).record({
    action: 'user.activity_changed',
    by: { id: staff.id },
    subject: { type: 'user', id },
    details: { note: username },
  });
  await sql(
    `INSERT INTO outgoing_mails (id, recipient, subject, status) VALUES ($1, $2, '', 'sent')`,
    [randomUUID(), email],
  );
  return { ...person, username, videoIds };
}

describe('whoever deletes their account', () => {
  test('is told when, is signed out everywhere, and can come back by signing in', async () => {
    const browser = new CookieClient(app.origin);
    const person = await makePerson(app);
    await browser.post('auth/login', { email: person.email, password: PASSWORD });
    const requestedAt = Date.now();
    const answer = await browser.send('DELETE', 'users/me', { password: PASSWORD }, browser.csrf);
    const day = new Date(requestedAt + 14 * DAY_MS).toLocaleDateString('en-GB', {
      dateStyle: 'long',
      timeZone: 'UTC',
    });
    expect([answer.status, answer.body]).toEqual([
      200,
      { detail: `Your account is deleted on ${day}. Sign in before then to keep it.` },
    ]);
    expect([...browser.cookies.keys()]).toEqual([]);
    expect((await person.client.get('users/me')).body.code).toBe('auth.session_revoked');
    expect((await mailAbout(person.email, /going to be deleted/)).text).toContain(day);

    setClock(new Date(requestedAt + 13 * DAY_MS));
    expect(await erasure().eraseDue()).toBe('erased 0 accounts');
    const { status, body } = await login(person.email);
    expect(status).toBe(200);
    setClock(new Date(requestedAt + 15 * DAY_MS));
    expect(await erasure().eraseDue()).toBe('erased 0 accounts');
    const back = new Client(app.origin, body.access_token as string);
    expect((await login(person.email)).status).toBe(200);
    expect([200, 401]).toContain((await back.get('users/me')).status);
    await mailAbout(person.email, /stays$/);
  });

  test('has to know the password', async () => {
    const person = await makePerson(app);
    const { status, body } = await leave(person, 'wrong');
    expect([status, body.code]).toEqual([403, 'auth.wrong_password']);
    expect((await person.client.get('users/me')).status).toBe(200);
  });

  test('is not the last superuser, also when all want to leave at once', async () => {
    const alone = await leave(staff);
    expect([alone.status, alone.body.code]).toEqual([409, 'user.last_superuser']);
    const second = await makePerson(app, { role: 'superuser' });
    const answers = await Promise.all([leave(staff), leave(second)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    await sql('UPDATE users SET deletion_requested_at = NULL WHERE id IN ($1, $2)', [
      staff.id,
      second.id,
    ]);
    await sql(`UPDATE users SET role = 'viewer' WHERE id = $1`, [second.id]);
  });
});

describe('people’s own data', () => {
  test('are a file with all that is kept about them, and nothing that is secret or of others', async () => {
    const person = await settler();
    const response = await fetch(`${app.origin}/api/v1/users/me/data`, {
      headers: { authorization: `Bearer ${person.client.token ?? ''}` },
    });
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': `attachment; filename="videoflix-data-${new Date().toISOString().slice(0, 10)}.json"`,
      'cache-control': 'no-store',
    });
    const document = await response.text();
    const data = JSON.parse(document) as Record<string, unknown>;
    expect(Object.keys(data)).toEqual([
      ...['format', 'version', 'exported_at', 'profile', 'sessions', 'passkeys', 'second_factor'],
      ...['videos', 'series', 'jobs', 'uploads', 'watched', 'list', 'likes', 'ratings'],
      ...['comments', 'events', 'mails'],
    ]);
    expect(data).toMatchObject({
      format: 'videoflix-personal-data',
      version: 1,
      profile: { id: person.id, email: person.email, username: person.username },
      sessions: [{ address: '192.0.2.1', user_agent: 'curl/8.5.0', revoked_at: null }],
      passkeys: [{ name: `Key of ${person.username}`, last_used_at: null }],
      second_factor: { confirmed_at: null, recovery_codes_left: 1 },
      videos: [
        {
          ...{ id: person.videoIds[0], status: 'ready', filename: 'silent.mp4', deleted_at: null },
          subtitles: [
            {
              ...{ language: 'en', label: `Words of ${person.username}`, uploaded: true },
              created_at: expect.any(String) as string,
            },
          ],
        },
        { id: person.videoIds[1], subtitles: [], deleted_at: expect.any(String) as string },
        { id: person.videoIds[2], status: 'ready', filename: 'silent.mp4' },
      ],
      series: [{ title: `Series of ${person.username}`, description: '' }],
      jobs: [{ video_id: person.videoIds[2], transcript_text: `What ${person.username} says` }],
      uploads: [
        {
          ...{ kind: 'direct', filename: `${person.username}.mp4`, content_type: 'video/mp4' },
          ...{ size_bytes: 1000, video_id: null, finished_at: null },
        },
      ],
      watched: [{ video_id: person.videoIds[0], position_seconds: 0.5 }],
      list: [{ video_id: person.videoIds[0] }],
      likes: [{ video_id: person.videoIds[0] }],
      ratings: [{ video_id: person.videoIds[0], stars: 4 }],
      comments: [{ video_id: person.videoIds[0], text: `${person.username} was here` }],
    });
    const { events, mails } = data as Record<'events' | 'mails', Record<string, unknown>[]>;
    expect(events.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['video.deleted', 'sign_in.failed', 'account.data_downloaded']),
    );
    expect(events.find(({ action }) => action === 'user.activity_changed')).toMatchObject({
      by_me: false,
      address: null,
      user_agent: null,
    });
    expect(mails.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['Choose a new Videoflix password']),
    );
    for (const secret of ['argon2', 'hash', 'sealed', 'public_key', staff.id, staff.email]) {
      expect([secret, document.includes(secret)]).toEqual([secret, false]);
    }
  });
});

describe('when the days of grace are over', () => {
  test('nothing is left of an account, in no table and in no key', async () => {
    const person = await settler();
    const { id, email, username, videoIds } = person;
    const words = [id, email, username];
    expect((await tracesOf(app.databaseUrl, words)).length).toBeGreaterThan(10);
    expect((await storedAbout([id, ...videoIds])).length).toBeGreaterThan(5);
    expect((await leave(person)).status).toBe(200);
    await mailAbout(email, /going to be deleted/);
    await until(
      async () =>
        (await sql(`SELECT 1 FROM outgoing_mails WHERE user_id = $1 AND status = 'queued'`, [id]))
          .length === 0,
    );
    await sql(`DELETE FROM audit_events WHERE action = 'account.erased'`);

    setClock(new Date(Date.now() + 14 * DAY_MS + HOUR_MS));
    await app.app.get(JobQueue).add('erase-accounts', {});
    const run = await until(async () =>
      (
        await sql<{ outcome: string; detail: string }>(
          `SELECT outcome, detail FROM schedule_runs
           WHERE schedule = 'erase-accounts' AND outcome <> 'running'`,
        )
      ).at(0),
    );
    expect(run).toEqual({ outcome: 'succeeded', detail: 'erased 1 account' });
    expect(await tracesOf(app.databaseUrl, words)).toEqual([]);
    expect(await storedAbout([id, ...videoIds])).toEqual([]);
    const events = await sql<object>(
      `SELECT actor_id, subject_type, subject_id, address, user_agent, details
       FROM audit_events WHERE action = 'account.erased'`,
    );
    expect(events).toEqual([
      {
        ...{ actor_id: null, subject_type: null, subject_id: null },
        ...{ address: '', user_agent: '', details: {} },
      },
    ]);
    expect((await login(email)).body.code).toBe('auth.invalid_credentials');
  });

  test('an erasure that was cut short is completed by the next, and the others are not held up', async () => {
    const [first, second] = [await settler(), await makePerson(app)];
    for (const person of [first, second]) expect((await leave(person)).status).toBe(200);
    setClock(new Date(Date.now() + 14 * DAY_MS + HOUR_MS));
    const storage = app.app.get(MediaStorage);
    const deleteTree = storage.deleteTree.bind(storage);
    let calls = 0;
    const failing = jest.spyOn(storage, 'deleteTree').mockImplementation(async (prefix) => {
      calls += 1;
      if (prefix.includes(first.id)) throw new Error(`${prefix} cannot be deleted`);
      await deleteTree(prefix);
    });
    await expect(erasure().eraseDue()).rejects.toThrow(
      'erased 1 account, failed at 1: the log of the server says why',
    );
    expect(calls).toBeGreaterThan(2);
    failing.mockRestore();
    expect(await tracesOf(app.databaseUrl, [second.id])).toEqual([]);
    // Half an account is no account to come back to.
    expect((await login(first.email)).status).toBe(403);
    expect(await erasure().eraseDue()).toBe('erased 1 account');
    expect(await tracesOf(app.databaseUrl, [first.id, first.email, first.username])).toEqual([]);
    expect(await storedAbout([first.id, ...first.videoIds])).toEqual([]);
  });

  test('a video that is being processed is given up first', async () => {
    const person = await makePerson(app);
    const { body } = await person.client.upload(await clip('silent'));
    const videoId = body.id as string;
    await person.client.settled(videoId);
    await sql(
      `UPDATE videos SET status = 'processing', deleted_at = NULL, updated_at = now() WHERE id = $1`,
      [videoId],
    );
    await sql(`UPDATE users SET deletion_requested_at = now() - interval '15 days' WHERE id = $1`, [
      person.id,
    ]);
    expect(await erasure().eraseDue()).toBe('erased 0 accounts, postponed 1');
    expect(
      await sql(`SELECT status FROM videos WHERE deleted_at IS NOT NULL AND id = $1`, [videoId]),
    ).toEqual([{ status: 'cancelled' }]);
    expect(await erasure().eraseDue()).toBe('erased 0 accounts, postponed 1');
    expect(await storedAbout([videoId])).not.toEqual([]);
    await sql(`UPDATE videos SET updated_at = now() - interval '61 minutes' WHERE id = $1`, [
      videoId,
    ]);
    expect(await erasure().eraseDue()).toBe('erased 1 account');
    expect(await storedAbout([person.id, videoId])).toEqual([]);
  });
});

test('the queue keeps no address of a job that failed for good', async () => {
  const links = app.app.get(MailLinksService);
  const failing = jest.spyOn(links, 'mail').mockRejectedValue(new PermanentJobError('no'));
  await new Client(app.origin).post('auth/password/forgot', { email: 'kept@example.org' });
  await until(() => failing.mock.calls.length > 0);
  await until(async () => (await tracesOf(app.databaseUrl, ['kept@example.org'])).length === 0, {
    what: 'the end of all traces',
  });
  failing.mockRestore();
});

describe('demo guests', () => {
  test('are gone after a day, with what is theirs', async () => {
    const { body } = await new Client(app.origin).post('auth/demo');
    const { id, email, username } = body.user as Record<'id' | 'email' | 'username', string>;
    expect(await erasure().removeDemoGuests()).toBe('erased 0 demo guests');
    setClock(new Date(Date.now() + DAY_MS + 60_000));
    expect(await erasure().removeDemoGuests()).toBe('erased 1 demo guest');
    expect(await tracesOf(app.databaseUrl, [id, email, username])).toEqual([]);
  });

  test('do not see other people, and delete nothing', async () => {
    const person = await makePerson(app, { name: 'Ada' });
    const uploaded = await person.client.upload(await clip('silent'));
    const videoId = uploaded.body.id as string;
    await person.client.settled(videoId);
    const { body } = await new Client(app.origin).post('auth/demo');
    const guest = new Client(app.origin, body.access_token as string);
    const shown = await guest.get(`videos/${videoId}`);
    expect([shown.status, shown.body.uploaded_by]).toEqual([200, null]);
    expect(JSON.stringify((await guest.get('videos')).body)).not.toContain(person.id);
    expect((await person.client.get(`videos/${videoId}`)).body.uploaded_by).toEqual({
      id: person.id,
      name: 'Ada',
    });
    const refused = await guest.send('DELETE', `videos/${videoId}`);
    expect([refused.status, refused.body.code]).toEqual([403, 'auth.forbidden']);
    expect((await person.client.send('DELETE', `videos/${videoId}`)).status).toBe(204);
    expect(
      await sql(
        `SELECT actor_id, subject_type FROM audit_events WHERE action = 'video.deleted' AND subject_id = $1`,
        [videoId],
      ),
    ).toEqual([{ actor_id: person.id, subject_type: 'video' }]);
  });
});
