import { TOTP } from 'otpauth';
import type { Browser } from 'playwright-core';
import type { AuditAction } from '../../src/audit/audit-event.entity.js';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { Client, PASSWORD, type Answer } from '../support/client.js';
import { query } from '../support/database.js';
import { makeFilm } from '../support/films.js';
import { PasskeyDevice } from '../support/passkey-device.js';
import { makePerson, type Person } from '../support/people.js';
import { until } from '../support/until.js';

/** Of every request of this file, and of no session: those were opened elsewhere. */
const FROM = { address: '127.0.0.1', user_agent: 'Videoflix-Test/1.0' };
/** Nobody listens there: the browser is given an empty page. */
const PAGE_ORIGIN = 'http://localhost:4998';

/** What no request does. */
type Unattended = 'account.erased' | 'export.made' | 'playback_key.rotated' | 'user.created';

class NamedClient extends Client {
  override send(
    method: string,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return super.send(method, url, body, { 'user-agent': FROM.user_agent, ...headers });
  }
}

let app: TestApp;
let browser: Browser;
let device: PasskeyDevice;
let anybody: Client;
let superuser: Person;
let emails = 0;

beforeAll(async () => {
  app = await startApp({ APP_URL: PAGE_ORIGIN });
  browser = await launchBrowser();
  device = await PasskeyDevice.at(browser, PAGE_ORIGIN);
  anybody = new NamedClient(app.origin);
  superuser = await person({ role: 'superuser' });
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

async function person(user: Parameters<typeof makePerson>[1] = {}): Promise<Person> {
  const { client, ...made } = await makePerson(app, user);
  return { ...made, client: new NamedClient(app.origin, client.token) };
}

/** Its body, when a request was answered as it should be. */
async function done(answer: Promise<Answer>, expected = 200): Promise<Answer['body']> {
  const { status, body } = await answer;
  expect([status, body]).toEqual([expected, body]);
  return body;
}

const login = ({ email }: Pick<Person, 'email'>, more: object = {}) =>
  anybody.post('auth/token', { email, password: PASSWORD, ...more });
const confirmed = { password: PASSWORD };

async function register(): Promise<string> {
  const email = `newcomer-${++emails}@example.org`;
  await done(anybody.post('auth/register', { email, password: PASSWORD }), 201);
  return email;
}

/** What the link stands for that was mailed to somebody. */
async function linkTo(email: string, subject: RegExp): Promise<Record<string, string>> {
  const mail = await until(
    async () =>
      (await mailsTo(app.dataDir, email)).find((mail) => subject.test(mail.subject ?? '')),
    { what: `the mail to ${email}` },
  );
  return Object.fromEntries(new URL(/http\S+/.exec(mail.text ?? '')?.[0] ?? '').searchParams);
}

/** Switches two-factor sign-in on. */
async function secured(): Promise<Person & { recoveryCodes: string[] }> {
  const ada = await person();
  const { secret } = await done(ada.client.post('auth/2fa/totp', confirmed));
  const code = new TOTP({ secret }).generate();
  const { recovery_codes } = await done(ada.client.post('auth/2fa/totp/confirm', { code }));
  return { ...ada, recoveryCodes: recovery_codes };
}

async function withPasskey(): Promise<Person & { passkeyId: string }> {
  await device.clear();
  const ada = await person();
  const { challenge_id, options } = await done(ada.client.post('auth/passkeys/options', confirmed));
  const creation = { challenge_id, name: 'Laptop', response: await device.create(options) };
  const { id } = await done(ada.client.post('auth/passkeys', creation), 201);
  return { ...ada, passkeyId: id };
}

async function withFilm(): Promise<Person & { film: string }> {
  const ada = await person();
  return { ...ada, film: `videos/${await makeFilm(app, ada)}` };
}

async function withComment(): Promise<Person & { comment: string }> {
  const owner = await withFilm();
  const { client } = await person();
  const { id } = await done(client.post(`${owner.film}/comments`, { text: 'Hello' }), 201);
  return { ...owner, comment: `${owner.film}/comments/${id}` };
}

/** What leads to an entry, and who is to be found in it: nobody where nobody has signed in. */
const DEEDS: Record<Exclude<AuditAction, Unattended>, () => Promise<string | null>> = {
  'account.registered': async () => {
    await register();
    return null;
  },
  'account.activated': async () => {
    await done(anybody.post('auth/activate', await linkTo(await register(), /^Activate/)));
    const { uid, token } = await linkTo(await register(), /^Activate/);
    await done(anybody.get(`auth/activate/${uid}/${token}`));
    return null;
  },
  'account.email_changed': async () => {
    const { id, email, client } = await person();
    const newEmail = `new-${email}`;
    await done(client.post('users/me/email', { new_email: newEmail, ...confirmed }));
    await done(anybody.post('auth/email/confirm', await linkTo(newEmail, /^Confirm your new/)));
    return id;
  },
  'account.data_downloaded': async () => {
    const { id, client } = await person();
    await done(client.get('users/me/data'));
    return id;
  },
  'account.deletion_requested': async () => {
    const { id, client } = await person();
    await done(client.send('DELETE', 'users/me', confirmed));
    return id;
  },
  'account.deletion_cancelled': async () => {
    const ada = await person();
    await done(ada.client.send('DELETE', 'users/me', confirmed));
    await done(login(ada));
    return ada.id;
  },
  'comment.deleted': async () => {
    const { id, client, comment } = await withComment();
    await done(client.send('DELETE', comment), 204);
    return id;
  },
  'comment.hidden': async () => {
    const { id, client, comment } = await withComment();
    await done(client.send('PUT', `${comment}/status`, { status: 'hidden' }));
    return id;
  },
  'comment.published': async () => {
    const { client, comment } = await withComment();
    await done(client.send('PUT', `${comment}/status`, { status: 'hidden' }));
    await done(superuser.client.send('PUT', `${comment}/status`, { status: 'published' }));
    return superuser.id;
  },
  'confirmation.failed': async () => {
    const { client } = await person();
    await done(client.send('DELETE', 'users/me', { password: 'a wrong one' }), 403);
    return null;
  },
  'passkey.added': async () => (await withPasskey()).id,
  'passkey.removed': async () => {
    const { id, client, passkeyId } = await withPasskey();
    await done(client.send('DELETE', `auth/passkeys/${passkeyId}`, confirmed), 204);
    return id;
  },
  'password.changed': async () => {
    const { id, client } = await person();
    const change = { old_password: PASSWORD, new_password: 'another sentence to remember' };
    await done(client.post('auth/password/change', change));
    return id;
  },
  'password.reset': async () => {
    const { id, email } = await person();
    await done(anybody.post('auth/password/forgot', { email }));
    const reset = { ...(await linkTo(email, /password/)), new_password: `${PASSWORD} again` };
    await done(anybody.post('auth/password/reset', reset));
    return id;
  },
  'second_factor.enabled': async () => (await secured()).id,
  'second_factor.disabled': async () => {
    const [ada, ben] = [await secured(), await secured()];
    await done(ada.client.send('DELETE', 'auth/2fa/totp', confirmed), 204);
    await done(superuser.client.send('DELETE', `admin/users/${ben.id}/second-factor`));
    return superuser.id;
  },
  'second_factor.recovery_code_used': async () => {
    const ada = await secured();
    await done(login(ada, { code: ada.recoveryCodes[0] }));
    return ada.id;
  },
  'second_factor.recovery_codes_renewed': async () => {
    const { id, client } = await secured();
    await done(client.post('auth/2fa/recovery-codes', confirmed));
    return id;
  },
  'service_key.created': async () => {
    await done(superuser.client.post('admin/service-keys', { name: 'transcoder' }), 201);
    return superuser.id;
  },
  'service_key.revoked': async () => {
    const { client } = superuser;
    const { id } = await done(client.post('admin/service-keys', { name: 'transcoder' }), 201);
    await done(client.send('DELETE', `admin/service-keys/${id}`));
    return superuser.id;
  },
  'session.revoked': async () => {
    const ada = await person();
    await done(login(ada));
    const { sessions } = await done(ada.client.get('auth/sessions'));
    const other = (sessions as { id: string; current: boolean }[]).find(({ current }) => !current);
    await done(ada.client.send('DELETE', `auth/sessions/${other?.id}`), 204);
    await done(login(ada));
    await done(ada.client.send('DELETE', 'auth/sessions'));
    return ada.id;
  },
  'session.revoked_for_reuse': async () => {
    const { refresh_token: first } = await done(login(await person()));
    const refresh = (token: string) => anybody.post('auth/refresh', { refresh_token: token });
    const { refresh_token: second } = await done(refresh(first));
    await done(refresh(second));
    await done(refresh(first), 401);
    return null;
  },
  'sign_in.failed': async () => {
    await done(login(await person(), { password: 'a wrong one' }), 401);
    const { challenge_id, options } = await done(anybody.post('auth/passkeys/login/options'));
    await withPasskey();
    const response = await device.get({ ...options, challenge: 'AAAA' });
    await done(anybody.post('auth/passkeys/login', { challenge_id, response }), 401);
    return null;
  },
  'sign_in.locked': async () => {
    const ada = await person();
    for (let guess = 0; guess < 5; guess++) {
      await done(login(ada, { password: 'a wrong one' }), 401);
    }
    return null;
  },
  'sign_in.succeeded': async () => {
    await done(anybody.post('auth/demo'));
    const ada = await person();
    await done(login(ada));
    await done(anybody.post('auth/login', { email: ada.email, password: PASSWORD }));
    const { id } = await withPasskey();
    const { challenge_id, options } = await done(anybody.post('auth/passkeys/login/options'));
    const response = await device.get(options);
    await done(anybody.post('auth/passkeys/login', { challenge_id, response }));
    return id;
  },
  'sign_in.unlocked': async () => {
    const { id } = await person();
    await done(superuser.client.post(`admin/users/${id}/unlock`));
    return superuser.id;
  },
  sign_out: async () => {
    const [ada, ben] = [await person(), await person()];
    await done(superuser.client.send('DELETE', `admin/users/${ben.id}/sessions`));
    await done(ada.client.post('auth/logout'));
    return ada.id;
  },
  'user.activity_changed': async () => {
    const { id } = await person();
    await done(superuser.client.send('PATCH', `admin/users/${id}`, { is_active: false }));
    return superuser.id;
  },
  'user.role_changed': async () => {
    const { id } = await person();
    await done(superuser.client.send('PATCH', `admin/users/${id}`, { role: 'staff' }));
    return superuser.id;
  },
  'video.deleted': async () => {
    const { id, client, film } = await withFilm();
    await done(client.send('DELETE', film), 204);
    return id;
  },
  'video.purged': async () => {
    const { id, client, film } = await withFilm();
    await done(client.send('DELETE', `${film}?purge=true`), 204);
    return id;
  },
  'video.restored': async () => {
    const { id, client, film } = await withFilm();
    await done(client.send('DELETE', film), 204);
    await done(client.post(`${film}/restore`));
    return id;
  },
  'video.visibility_changed': async () => {
    const { id, client, film } = await withFilm();
    await done(client.send('PATCH', film, { visibility: 'PRIVATE' }));
    return id;
  },
};

test.each(Object.entries(DEEDS))(
  '%s is recorded with who did it, and from where',
  async (...row) => {
    const [action, deed] = row;
    const actor = await deed();
    const entries = await query(
      app.databaseUrl,
      `SELECT actor_id, address, user_agent FROM audit_events
     WHERE action = $1 ORDER BY id DESC LIMIT 1`,
      [action],
    );
    expect(entries).toEqual([{ actor_id: actor, ...FROM }]);
  },
);

test('nothing that a request did is recorded without where it came from', async () => {
  const entries = await query(
    app.databaseUrl,
    'SELECT DISTINCT action, address, user_agent FROM audit_events ORDER BY action',
  );
  const expected = Object.keys(DEEDS)
    .sort()
    .map((action) => ({ action, ...FROM }));
  expect(entries).toEqual(expected);
});
