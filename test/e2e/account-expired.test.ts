import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { ExpiredService } from '../../src/account/expired.service.js';
import { ActivationLinksService } from '../../src/auth/mail-links/activation-links.service.js';
import { OwnedVideosService } from '../../src/catalogue/owned-videos.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { addVideo } from '../support/catalogue.js';
import { makePerson } from '../support/people.js';

let app: TestApp;
let userId: string;

beforeAll(async () => {
  app = await startApp();
  userId = (await makePerson(app)).id;
});
afterAll(() => app.close());

const clear = () => app.app.get(ExpiredService, { strict: false }).clear();
const sql = <T>(query: string, parameters: unknown[] = []) =>
  app.app.get(DataSource).query<T[]>(query, parameters);
const count = async (table: string, where = 'true') =>
  (await sql(`SELECT 1 FROM ${table} WHERE ${where}`)).length;

test('there may be nothing to remove', async () => {
  expect(await clear()).toBe('removed nothing; erased 0 unconfirmed accounts');
});

test('what has expired goes, and what has not stays', async () => {
  const [revoked, ended, open] = [randomUUID(), randomUUID(), randomUUID()];
  const session = `INSERT INTO sessions (id, user_id, refresh_hash, last_seen_at, expires_at, revoked_at)
    VALUES ($1, $2, '\\x00', now(), now() + $3::interval, now() + $4::interval)`;
  await sql(session, [revoked, userId, '20 days', '-31 days']);
  await sql(session, [ended, userId, '-31 days', null]);
  await sql(session, [open, userId, '-29 days', '-29 days']);

  const token = `INSERT INTO mail_tokens (user_id, purpose, token_hash, expires_at)
    VALUES ($1, $2, '\\x00', now() + $3::interval)`;
  await sql(token, [userId, 'activation', '-1 minute']);
  await sql(token, [userId, 'password-reset', '1 minute']);

  const challenge = `INSERT INTO passkey_challenges VALUES ($1, $2, 'x', now() + $3::interval)`;
  await sql(challenge, [randomUUID(), userId, '-1 minute']);
  await sql(challenge, [randomUUID(), null, '1 minute']);

  const mail = `INSERT INTO outgoing_mails (id, recipient, subject, status, created_at, finished_at)
    VALUES ($1, 'a@example.org', '', $2, now() - interval '90 days', now() + $3::interval)`;
  await sql(mail, [randomUUID(), 'sent', '-31 days']);
  await sql(mail, [randomUUID(), 'refused', '-31 days']);
  await sql(mail, [randomUUID(), 'sent', '-29 days']);
  await sql(mail, [randomUUID(), 'queued', null]);

  const event = `INSERT INTO audit_events (action, at) VALUES ('sign_out', now() + $1::interval)`;
  await sql(event, ['-366 days']);
  await sql(event, ['-364 days']);

  const playback = `INSERT INTO playback_quality (video_id, day)
    SELECT $1, (now() - days)::date FROM unnest(ARRAY['368 days', '364 days']::interval[]) days`;
  await sql(playback, [await addVideo(app, userId)]);

  expect(await clear()).toBe(
    'removed 1 link, 2 sessions, 1 challenge, 2 mails, 1 playback day, 1 audit event; ' +
      'erased 0 unconfirmed accounts',
  );
  expect(await count('sessions', `id IN ('${revoked}', '${ended}')`)).toBe(0);
  expect(await count('sessions', `id = '${open}'`)).toBe(1);
  expect(await sql('SELECT purpose FROM mail_tokens')).toEqual([{ purpose: 'password-reset' }]);
  expect(await count('passkey_challenges')).toBe(1);
  expect(await count('outgoing_mails')).toBe(2);
  expect(await count('playback_quality')).toBe(1);
  expect(await count('audit_events', `action = 'sign_out'`)).toBe(1);
  expect(await clear()).toBe('removed nothing; erased 0 unconfirmed accounts');
});

test('who never activated an account is forgotten after a week, unless another link is out', async () => {
  const ids = new Map<string, string>();
  for (const who of ['late', 'waiting', 'fresh', 'deactivated']) {
    ids.set(who, (await makePerson(app, { email: `${who}@example.org`, isActive: false })).id);
  }
  await sql(`UPDATE users SET created_at = now() - interval '169 hours' WHERE email <> $1`, [
    'fresh@example.org',
  ]);
  await sql(`UPDATE users SET activated_at = now() WHERE id = $1`, [ids.get('deactivated')]);
  await sql(
    `INSERT INTO mail_tokens (user_id, purpose, token_hash, expires_at)
     VALUES ($1, 'activation', '\\x00', now() + interval '1 hour'),
       ($2, 'activation', '\\x00', now() - interval '1 hour')`,
    [ids.get('waiting'), ids.get('late')],
  );
  await sql(
    `INSERT INTO audit_events (action, subject_type, subject_id) VALUES ('account.registered', 'user', $1)`,
    [ids.get('late')],
  );
  expect(await clear()).toBe('removed 1 link; erased 1 unconfirmed account');
  const left = await sql<{ email: string }>(
    'SELECT email FROM users WHERE NOT is_active ORDER BY 1',
  );
  expect(left.map(({ email }) => email)).toEqual([
    'deactivated@example.org',
    'fresh@example.org',
    'waiting@example.org',
  ]);
  expect(await count('users', `id = '${userId}'`)).toBe(1);
  expect(await count('audit_events', `subject_id = '${ids.get('late') ?? ''}'`)).toBe(0);
  expect(await count('audit_events', `action = 'account.registered'`)).toBe(1);
});

describe('an account that was never activated', () => {
  let id: string;
  beforeEach(async () => {
    ({ id } = await makePerson(app, { isActive: false }));
    await sql(`UPDATE users SET created_at = now() - interval '8 days' WHERE id = $1`, [id]);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await sql('DELETE FROM users WHERE id = $1', [id]);
  });

  /** Something happens after it was found to be one that may go. */
  function meanwhile(happens: () => Promise<unknown>): void {
    const videos = app.app.get(OwnedVideosService, { strict: false });
    jest.spyOn(videos, 'withdraw').mockImplementationOnce(async () => {
      await happens();
    });
  }

  test.each([
    [
      'is activated',
      () => sql('UPDATE users SET is_active = true, activated_at = now() WHERE id = $1', [id]),
    ],
    [
      'is sent another link',
      () => {
        const choice = { username: null, passwordHash: 'of no password' };
        return app.app.get(ActivationLinksService, { strict: false }).expect(id, choice);
      },
    ],
  ])('stays when it %s while it is being removed', async (_, happens) => {
    meanwhile(happens);
    expect(await clear()).toBe('removed nothing; erased 0 unconfirmed accounts');
    expect(await count('users', `id = '${id}'`)).toBe(1);
  });

  test('makes the run fail when it cannot be removed, and goes with the next', async () => {
    meanwhile(() => Promise.reject(new Error('the storage is away')));
    await expect(clear()).rejects.toThrow('erased 0 unconfirmed accounts, failed at 1');
    expect(await clear()).toBe('removed nothing; erased 1 unconfirmed account');
  });
});
