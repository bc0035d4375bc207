import { DataSource } from 'typeorm';
import { OwnPasswordService } from '../../src/auth/passwords/own-password.service.js';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD, type Answer } from '../support/client.js';
import { setClock } from '../support/clock.js';
import { query } from '../support/database.js';
import { makePerson, type Person } from '../support/people.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;

let app: TestApp;
let anybody: Client;

beforeAll(async () => {
  app = await startApp();
  anybody = new Client(app.origin);
});
afterAll(() => app.close());
afterEach(() => {
  jest.useRealTimers();
});

const ask = ({ client }: Person, email: string, password = PASSWORD): Promise<Answer> =>
  client.post('users/me/email', { new_email: email, password });
const confirm = (link: object): Promise<Answer> => anybody.post('auth/email/confirm', link);
const login = (email: string): Promise<Answer> =>
  anybody.post('auth/login', { email, password: PASSWORD });

async function mailTo(address: string, subject: RegExp) {
  return until(
    async () =>
      (await mailsTo(app.dataDir, address)).find((mail) => subject.test(mail.subject ?? '')),
    { what: `the mail to ${address}` },
  );
}

async function linkTo(address: string): Promise<Record<string, string>> {
  const { text } = await mailTo(address, /^Confirm your new/);
  const link = new URL(/http\S+/.exec(text ?? '')?.[0] ?? '');
  expect(link.pathname).toBe('/confirm-email');
  return Object.fromEntries(link.searchParams);
}

test('an address changes when the link to the new one is followed, once', async () => {
  const ada = await makePerson(app);
  const asked = await ask(ada, 'Ada.New@Example.org');
  expect([asked.status, Object.keys(asked.body)]).toEqual([200, ['detail']]);
  const notice = await mailTo(ada.email, /^Somebody asked/);
  expect(notice.text).toContain('ada.new@example.org');
  expect((await ada.client.get('users/me')).body.user.email).toBe(ada.email);

  const link = await linkTo('ada.new@example.org');
  expect((await confirm(link)).status).toBe(200);
  expect((await ada.client.get('users/me')).body.user.email).toBe('ada.new@example.org');
  const told = await mailTo(ada.email, /was changed$/);
  expect(told.text).toContain('ada.new@example.org');
  expect([(await login(ada.email)).status, (await login('ada.new@example.org')).status]).toEqual([
    401, 200,
  ]);
  const again = await confirm(link);
  expect([again.status, again.body.code]).toEqual([400, 'auth.invalid_link']);
  const events = await app.app
    .get(DataSource)
    .query<object[]>(
      `SELECT details FROM audit_events WHERE action = 'account.email_changed' AND subject_id = $1`,
      [ada.id],
    );
  expect(events).toEqual([{ details: {} }]);
});

test('whether the new address is known is not told, except to its owner', async () => {
  const [ada, ben] = [await makePerson(app), await makePerson(app)];
  const known = await ask(ada, ben.email);
  const unknown = await ask(ada, 'nobody-yet@example.org');
  expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
  await mailTo(ben.email, /already have/);
  expect((await mailTo(ada.email, /^Somebody asked/)).text).toContain(ben.email);
});

test('it takes the password, and is not for one’s own address or for what is none', async () => {
  const ada = await makePerson(app);
  const wrong = await ask(ada, 'other@example.org', 'not my password');
  expect([wrong.status, wrong.body.code]).toEqual([403, 'auth.wrong_password']);
  for (const email of [ada.email.toUpperCase(), 'no address', `${'a'.repeat(250)}@example.org`]) {
    const { status, body } = await ask(ada, email);
    expect([status, body.errors[0].field]).toEqual([400, 'new_email']);
  }
});

test('somebody else may take the address first', async () => {
  const ada = await makePerson(app);
  await ask(ada, 'wanted@example.org');
  const link = await linkTo('wanted@example.org');
  await makePerson(app, { email: 'wanted@example.org' });
  const { status, body } = await confirm(link);
  expect([status, body.code]).toEqual([400, 'auth.invalid_link']);
  expect((await ada.client.get('users/me')).body.user.email).toBe(ada.email);
});

test('a registration that nobody confirmed does not keep an address from its owner', async () => {
  const ada = await makePerson(app);
  const email = `claimed-${ada.email}`;
  await anybody.post('auth/register', { email, password: 'the sentence of a squatter' });
  await mailTo(email, /^Activate/);
  expect((await ask(ada, email)).status).toBe(200);
  expect((await confirm(await linkTo(email))).status).toBe(200);
  expect((await ada.client.get('users/me')).body.user.email).toBe(email);
  const rows = await app.app
    .get(DataSource)
    .query<object[]>('SELECT id FROM users WHERE email = $1', [email]);
  expect(rows).toEqual([{ id: ada.id }]);
});

describe('a link is void', () => {
  let person: Person;
  let email: string;
  let link: Record<string, string>;

  beforeEach(async () => {
    person = await makePerson(app);
    email = `new-${person.email}`;
    await ask(person, email);
    link = await linkTo(email);
  });

  afterEach(async () => {
    const { status, body } = await confirm(link);
    expect([status, body.code]).toEqual([400, 'auth.invalid_link']);
    const rows = await app.app
      .get(DataSource)
      .query<{ email: string }[]>('SELECT email FROM users WHERE id = $1', [person.id]);
    expect(rows).toEqual([{ email: person.email }]);
  });

  test('after 24 hours', () => setClock(new Date(Date.now() + 24 * HOUR_MS + 1000)));

  test('after the password was changed', async () => {
    const changed = await person.client.post('auth/password/change', {
      old_password: PASSWORD,
      new_password: 'another sentence to remember',
    });
    expect(changed.status).toBe(200);
  });

  test('when another address was asked for', async () => {
    expect((await ask(person, `newer-${person.email}`)).status).toBe(200);
  });

  test('for another user, with another token, and for another purpose', async () => {
    const other = await makePerson(app);
    for (const wrong of [
      { ...link, uid: other.id },
      { ...link, token: 'x'.repeat(43) },
    ]) {
      expect((await confirm(wrong)).body.code).toBe('auth.invalid_link');
    }
    expect((await anybody.post('auth/activate', link)).status).toBe(400);
    // Void from here on, for what is expected of all of them.
    await person.client.post('auth/password/change', {
      old_password: PASSWORD,
      new_password: 'another sentence to remember',
    });
  });

  test('while the account is switched off', async () => {
    await app.app
      .get(DataSource)
      .query('UPDATE users SET is_active = false WHERE id = $1', [person.id]);
  });
});

test('a link to a new password that went to the old address is void afterwards', async () => {
  const ada = await makePerson(app);
  await app.app.get(OwnPasswordService).forgot(ada.email, '192.0.2.1');
  const { text } = await mailTo(ada.email, /password/);
  const reset = Object.fromEntries(new URL(/http\S+/.exec(text ?? '')?.[0] ?? '').searchParams);
  await ask(ada, `new-${ada.email}`);
  expect((await confirm(await linkTo(`new-${ada.email}`))).status).toBe(200);
  const { body } = await anybody.post('auth/password/reset', {
    ...reset,
    new_password: 'another sentence to remember',
  });
  expect(body.code).toBe('auth.invalid_link');
});

test('nobody can flood others with mail', async () => {
  const ada = await makePerson(app);
  const answers: Answer[] = [];
  for (let n = 1; n <= 6; n++) answers.push(await ask(ada, `victim-${n}@example.org`));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(Number(answers[5]?.headers.get('retry-after'))).toBeGreaterThan(3000);
});

test('a token lies in the database as its hash, and no address with it that is taken', async () => {
  const [ada, ben] = [await makePerson(app), await makePerson(app)];
  await ask(ada, ben.email);
  const sql = 'SELECT new_email, length(token_hash) AS bytes FROM mail_tokens WHERE user_id = $1';
  const rows = await query(app.databaseUrl, sql, [ada.id]);
  expect(rows).toEqual([{ new_email: null, bytes: 32 }]);
});
