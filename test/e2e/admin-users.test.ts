import { DataSource } from 'typeorm';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD, type Answer } from '../support/client.js';
import { CookieClient } from '../support/cookie-client.js';
import { makePerson, type Person } from '../support/people.js';
import { until } from '../support/until.js';

const NOBODY = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';

let app: TestApp;
let superuser: Person;
let staff: Person;
let viewer: Person;

beforeAll(async () => {
  app = await startApp({ LOGINS_PER_MINUTE: '1000' });
});
afterAll(() => app.close());

beforeEach(async () => {
  await query('DELETE FROM users');
  superuser = await makePerson(app, { role: 'superuser', email: 'root@example.org' });
  staff = await makePerson(app, { role: 'staff', email: 'staff@example.org', name: 'Grace' });
  viewer = await makePerson(app, { email: 'ada@example.org', username: 'ada', name: 'Ada L.' });
});

describe('the list of users', () => {
  test('shows what staff need to know, and no secret', async () => {
    const { status, body } = await staff.client.get('admin/users');
    expect(status).toBe(200);
    expect(body).toEqual({
      users: [expect.anything(), expect.anything(), expect.anything()],
      total_count: 3,
      page: 1,
      page_size: 20,
      total_pages: 1,
      has_more: false,
    });
    expect(body.users[0]).toEqual({
      id: viewer.id,
      email: 'ada@example.org',
      username: 'ada',
      name: 'Ada L.',
      language: 'en',
      role: 'viewer',
      is_demo: false,
      avatar_url: null,
      created_at: expect.any(String),
      is_active: true,
      activated_at: expect.any(String),
      last_login_at: null,
      deletion_requested_at: null,
    });
  });

  test('has pages, the newest first', async () => {
    const { body } = await staff.client.get('admin/users?page=2&page_size=1');
    expect(body).toMatchObject({ total_count: 3, page: 2, total_pages: 3, has_more: true });
    expect(emailsIn(body)).toEqual(['staff@example.org']);
  });

  test.each([
    ['search=ADA', ['ada@example.org']],
    ['search=a%20l', ['ada@example.org']],
    ['search=Grac', ['staff@example.org']],
    ['search=%25', []],
    ['search=_', []],
    ['search=%5C', []],
    ['role=staff', ['staff@example.org']],
    ['role=superuser&is_active=true', ['root@example.org']],
    ['is_active=false', []],
    ['search=example&role=viewer', ['ada@example.org']],
  ])('can be narrowed down by ?%s', async (filter, emails) => {
    expect(emailsIn((await staff.client.get(`admin/users?${filter}`)).body)).toEqual(emails);
  });

  test('shows demo guests only to whoever asks for them', async () => {
    const { email } = await makePerson(app, { isDemo: true });
    expect(emailsIn((await staff.client.get('admin/users')).body)).not.toContain(email);
    expect(emailsIn((await staff.client.get('admin/users?demo=true')).body)).toContain(email);
  });

  test.each(['role=admin', 'is_active=maybe', 'page_size=51', 'page=0', 'search=', 'x=1'])(
    'refuses ?%s',
    async (wrong) => {
      expect((await staff.client.get(`admin/users?${wrong}`)).status).toBe(400);
    },
  );
});

describe('one user', () => {
  test('is shown to staff', async () => {
    const { status, body } = await staff.client.get(`admin/users/${viewer.id}`);
    expect([status, body.email, body.is_active]).toEqual([200, 'ada@example.org', true]);
  });

  test.each<[method: string, path: string]>([
    ['GET', ''],
    ['PATCH', ''],
    ['POST', '/unlock'],
    ['GET', '/sessions'],
    ['DELETE', '/sessions'],
    ['DELETE', '/second-factor'],
  ])('who does not exist is not found: %s %s', async (method, path) => {
    const body = method === 'PATCH' ? { is_active: false } : undefined;
    const answer = await superuser.client.send(method, `admin/users/${NOBODY}${path}`, body);
    expect(codeOf(answer)).toBe('404 user.not_found');
    const noId = await superuser.client.send(method, `admin/users/ada${path}`, body);
    expect(codeOf(noId)).toBe('400 request.invalid');
  });
});

describe('roles', () => {
  test('are given by superusers, count at once, and are recorded', async () => {
    const { status, body } = await change(superuser, viewer, { role: 'staff' });
    expect([status, body.role]).toEqual([200, 'staff']);
    expect((await viewer.client.get('admin/users')).status).toBe(200);
    expect(await newestEvent(viewer.id)).toMatchObject({
      action: 'user.role_changed',
      actor: { id: superuser.id },
      details: { from: 'viewer', to: 'staff' },
    });
    await change(superuser, viewer, { role: 'viewer' });
    expect((await viewer.client.get('admin/users')).status).toBe(403);
  });

  test('that stay as they are leave no record', async () => {
    expect((await change(superuser, viewer, { role: 'viewer' })).status).toBe(200);
    expect(await newestEvent(viewer.id)).toBeUndefined();
  });

  test('cannot be given by staff, not even to themselves', async () => {
    for (const subject of [viewer, staff, superuser]) {
      expect(codeOf(await change(staff, subject, { role: 'staff' }))).toBe('403 auth.forbidden');
    }
    const both = await change(staff, viewer, { is_active: false, role: 'superuser' });
    expect(codeOf(both)).toBe('403 auth.forbidden');
    expect(await standing(viewer)).toEqual(['viewer', true]);
  });

  test('are not for demo guests', async () => {
    const guest = await makePerson(app, { isDemo: true });
    expect(codeOf(await change(superuser, guest, { role: 'staff' }))).toBe('403 auth.forbidden');
  });

  test.each([{}, { role: 'admin' }, { is_active: 'no' }, { email: 'new@example.org' }])(
    'and nothing else can be changed: %j',
    async (wrong) => {
      expect(codeOf(await change(superuser, viewer, wrong))).toBe('400 request.invalid');
    },
  );
});

describe('switching an account off', () => {
  test('ends its sessions at once, and switching it on lets its owner in again', async () => {
    const { body } = await change(staff, viewer, { is_active: false });
    expect(body.is_active).toBe(false);
    expect(codeOf(await viewer.client.get('auth/me'))).toBe('401 auth.session_revoked');
    expect(codeOf(await login(viewer.email))).toBe('403 auth.deactivated');
    await change(staff, viewer, { is_active: true });
    expect((await viewer.client.get('auth/me')).status).toBe(401);
    expect((await login(viewer.email)).status).toBe(200);
    const events = await eventsOf(viewer.id, 'user.activity_changed');
    expect(events).toMatchObject([
      { actor: { id: staff.id }, details: { from: false, to: true } },
      { actor: { id: staff.id }, details: { from: true, to: false } },
    ]);
  });

  test('is for superusers where staff are concerned', async () => {
    const colleague = await makePerson(app, { role: 'staff' });
    for (const subject of [colleague, staff, superuser]) {
      const answer = await change(staff, subject, { is_active: false });
      expect(codeOf(answer)).toBe('403 auth.forbidden');
    }
    expect((await change(superuser, colleague, { is_active: false })).status).toBe(200);
    expect((await colleague.client.get('auth/me')).status).toBe(401);
  });

  test('cannot be undone with a link that was mailed before', async () => {
    const email = `late-${Date.now()}@example.org`;
    const anybody = new Client(app.origin);
    await anybody.post('auth/register', { email, password: PASSWORD });
    const mail = await until(async () => (await mailsTo(app.dataDir, email)).at(-1));
    const link = new URL(/http\S+/.exec(mail.text ?? '')?.[0] ?? '');
    const { uid = '', token } = Object.fromEntries(link.searchParams);
    await staff.client.send('PATCH', `admin/users/${uid}`, { is_active: true });
    const { body } = await staff.client.send('PATCH', `admin/users/${uid}`, { is_active: false });
    expect(body.activated_at).toEqual(expect.any(String));
    expect((await anybody.post('auth/activate', { uid, token })).status).toBe(400);
    expect(codeOf(await login(email))).toBe('403 auth.deactivated');
  });

  test('holds for somebody who was never activated, whatever was or will be mailed', async () => {
    const email = `never-${Date.now()}@example.org`;
    const anybody = new Client(app.origin);
    await anybody.post('auth/register', { email, password: PASSWORD });
    const mail = await until(async () => (await mailsTo(app.dataDir, email)).at(-1));
    const link = new URL(/http\S+/.exec(mail.text ?? '')?.[0] ?? '');
    const { uid = '', token } = Object.fromEntries(link.searchParams);
    const off = await staff.client.send('PATCH', `admin/users/${uid}`, { is_active: false });
    expect([off.status, off.body.is_active]).toEqual([200, false]);
    expect(await eventsOf(uid, 'user.activity_changed')).toMatchObject([
      { actor: { id: staff.id }, details: { from: false, to: false } },
    ]);
    expect((await anybody.post('auth/activate', { uid, token })).status).toBe(400);
    await anybody.post('auth/register', { email, password: PASSWORD });
    const told = await until(async () => (await mailsTo(app.dataDir, email)).at(1));
    expect(told.subject).toMatch(/already have/);
    expect(codeOf(await login(email))).toBe('403 auth.deactivated');
    const again = await staff.client.send('PATCH', `admin/users/${uid}`, { is_active: false });
    expect([again.status, await eventsOf(uid, 'user.activity_changed')]).toMatchObject([200, [{}]]);
  });

  test('and on again gives somebody the name they waited with, if it is free', async () => {
    const anybody = new Client(app.origin);
    const waiting = ['early', 'tardy'].map((who) => `${who}-${Date.now()}@example.org`);
    for (const email of waiting) {
      await anybody.post('auth/register', { email, password: PASSWORD, username: 'sought' });
    }
    const names = [];
    for (const email of waiting) {
      const { body } = await staff.client.get(`admin/users?search=${encodeURIComponent(email)}`);
      const { id } = body.users[0] as { id: string };
      const on = await staff.client.send('PATCH', `admin/users/${id}`, { is_active: true });
      names.push(on.body.username);
    }
    expect(names).toEqual(['sought', null]);
  });

  test('cannot be undone once the account is being erased', async () => {
    await query(
      `UPDATE users SET is_active = false, deletion_requested_at = now() - interval '15 days'
       WHERE id = $1`,
      [viewer.id],
    );
    expect(codeOf(await change(superuser, viewer, { is_active: true }))).toBe(
      '409 user.being_erased',
    );
    await query(
      `UPDATE users SET deletion_requested_at = now() - interval '13 days' WHERE id = $1`,
      [viewer.id],
    );
    expect((await change(superuser, viewer, { is_active: true })).status).toBe(200);
  });

  test('needs the CSRF token from a browser', async () => {
    const browser = new CookieClient(app.origin);
    await browser.post('auth/login', { email: staff.email, password: PASSWORD });
    const off = { is_active: false };
    const path = `admin/users/${viewer.id}`;
    expect(codeOf(await browser.send('PATCH', path, off))).toBe('403 auth.csrf');
    expect((await browser.send('PATCH', path, off, browser.csrf)).status).toBe(200);
  });
});

describe('the last active superuser', () => {
  test.each([{ role: 'staff' }, { role: 'viewer' }, { is_active: false }])(
    'cannot go by %j',
    async (wish) => {
      const answer = await change(superuser, superuser, wish);
      expect(codeOf(answer)).toBe('409 user.last_superuser');
      expect(await standing(superuser)).toEqual(['superuser', true]);
      expect((await superuser.client.get('auth/me')).status).toBe(200);
    },
  );

  test('is one even if there are others who are switched off', async () => {
    const other = await makePerson(app, { role: 'superuser' });
    await change(superuser, other, { is_active: false });
    expect(codeOf(await change(superuser, superuser, { role: 'viewer' }))).toMatch(/^409/);
    await change(superuser, other, { is_active: true });
    expect((await change(superuser, superuser, { role: 'viewer' })).status).toBe(200);
  });

  test('stays, also when superusers demote each other at the same moment', async () => {
    const other = await makePerson(app, { role: 'superuser' });
    for (let round = 0; round < 15; round++) {
      await query(`UPDATE users SET role = 'superuser' WHERE id IN ($1, $2)`, [
        superuser.id,
        other.id,
      ]);
      const answers = await Promise.all([
        change(superuser, other, { role: 'viewer' }),
        change(other, superuser, { role: 'viewer' }),
        change(superuser, superuser, { role: 'staff' }),
        change(other, other, { role: 'staff' }),
      ]);
      for (const { status } of answers) expect([200, 403, 409]).toContain(status);
      const left = await query(`SELECT id FROM users WHERE role = 'superuser' AND is_active`);
      expect(left).toHaveLength(1);
    }
  });
});

describe('a lock after wrong passwords', () => {
  test('is taken off by staff', async () => {
    for (let attempt = 0; attempt < 5; attempt++) await login(viewer.email, 'wrong password');
    expect(codeOf(await login(viewer.email))).toBe('429 auth.locked');
    const { status, body } = await staff.client.post(`admin/users/${viewer.id}/unlock`);
    expect([status, body.detail]).toEqual([200, expect.stringMatching(/forgotten/)]);
    expect((await login(viewer.email)).status).toBe(200);
    expect(await eventsOf(viewer.id, 'sign_in.unlocked')).toMatchObject([
      { actor: { id: staff.id }, subject: { type: 'user', id: viewer.id } },
    ]);
  });
});

describe('a lock of a superuser', () => {
  test('is taken off by superusers only', async () => {
    const path = `admin/users/${superuser.id}/unlock`;
    expect(codeOf(await staff.client.post(path))).toBe('403 auth.forbidden');
    expect((await superuser.client.post(path)).status).toBe(200);
  });
});

describe('the sessions of somebody', () => {
  test('are shown to staff, who may end them', async () => {
    await login(viewer.email);
    const path = `admin/users/${viewer.id}/sessions`;
    const { body } = await staff.client.get(path);
    expect(body.sessions).toHaveLength(2);
    expect(body.sessions[1]).toMatchObject({ address: '192.0.2.1', current: false });
    expect((await staff.client.send('DELETE', path)).body.detail).toBe('Signed out on 2 devices.');
    expect((await viewer.client.get('auth/me')).status).toBe(401);
    expect((await staff.client.get(path)).body.sessions).toEqual([]);
    expect(await eventsOf(viewer.id, 'sign_out')).toMatchObject([{ actor: { id: staff.id } }]);
  });

  test('are those of superusers for superusers only', async () => {
    const path = `admin/users/${superuser.id}/sessions`;
    expect(codeOf(await staff.client.get(path))).toBe('403 auth.forbidden');
    expect(codeOf(await staff.client.send('DELETE', path))).toBe('403 auth.forbidden');
    expect((await superuser.client.get(path)).body.sessions).toMatchObject([{ current: true }]);
  });
});

describe('a lost second factor', () => {
  test('is taken off by superusers', async () => {
    await query(
      'INSERT INTO totp_credentials (user_id, sealed_secret, confirmed_at) VALUES ($1, $2, now())',
      [viewer.id, Buffer.alloc(64)],
    );
    expect(codeOf(await login(viewer.email))).toBe('401 auth.second_factor_required');
    const path = `admin/users/${viewer.id}/second-factor`;
    expect((await staff.client.send('DELETE', path)).status).toBe(403);
    expect((await superuser.client.send('DELETE', path)).status).toBe(200);
    expect((await login(viewer.email)).status).toBe(200);
    expect(await eventsOf(viewer.id, 'second_factor.disabled')).toMatchObject([
      { actor: { id: superuser.id } },
    ]);
  });
});

function change(actor: Person, subject: Person, changes: object): Promise<Answer> {
  return actor.client.send('PATCH', `admin/users/${subject.id}`, changes);
}

function login(email: string, password = PASSWORD): Promise<Answer> {
  return new Client(app.origin).post('auth/login', { email, password });
}

async function eventsOf(userId: string, action?: string): Promise<object[]> {
  const filter = action ? `&action=${action}` : '';
  const { body } = await staff.client.get(`admin/audit-events?user_id=${userId}${filter}`);
  return body.audit_events as object[];
}

async function newestEvent(userId: string): Promise<object | undefined> {
  return (await eventsOf(userId))[0];
}

async function standing({ id }: Person): Promise<[role: string, isActive: boolean]> {
  const { body } = await superuser.client.get(`admin/users/${id}`);
  return [body.role, body.is_active];
}

function query(sql: string, parameters: unknown[] = []): Promise<object[]> {
  return app.app.get(DataSource).query<object[]>(sql, parameters);
}

function codeOf({ status, body }: Answer): string {
  return `${status} ${body.code}`;
}

function emailsIn(page: Answer['body']): string[] {
  return page.users.map(({ email }: { email: string }) => email);
}
