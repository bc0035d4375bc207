import { TOTP } from 'otpauth';
import { DataSource } from 'typeorm';
import { EmailRequestService } from '../../src/account/email-request.service.js';
import { ErasureService } from '../../src/account/erasure.service.js';
import type { AuditAction } from '../../src/audit/audit-event.entity.js';
import { AuditService } from '../../src/audit/audit.service.js';
import { MailLinksService } from '../../src/auth/mail-links/mail-links.service.js';
import { PasswordsService } from '../../src/auth/passwords/passwords.service.js';
import { SignInService } from '../../src/auth/sign-in/sign-in.service.js';
import { MailOutbox } from '../../src/mail/mail-outbox.service.js';
import { JobQueue } from '../../src/ports/job-queue.js';
import type { User } from '../../src/users/user.entity.js';
import { UsersService } from '../../src/users/users.service.js';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD, type Answer } from '../support/client.js';
import { makePerson, type Person } from '../support/people.js';
import { until } from '../support/until.js';

const NEW_PASSWORD = 'another sentence to remember';
const DEVICE = { address: '192.0.2.7', userAgent: 'curl/8.5.0' };

let app: TestApp;
let anybody: Client;
let users: UsersService;

beforeAll(async () => {
  // Without the scheduler, which would erase accounts by itself.
  app = await startApp({ ROLES: 'api,worker' });
  anybody = new Client(app.origin);
  users = app.app.get(UsersService);
});
afterAll(() => app.close());

const sql = <T = object>(query: string, parameters: unknown[] = []) =>
  app.app.get(DataSource).query<T[]>(query, parameters);
const login = (email: string, password = PASSWORD): Promise<Answer> =>
  anybody.post('auth/login', { email, password });
const leave = ({ client }: Person): Promise<Answer> =>
  client.send('DELETE', 'users/me', { password: PASSWORD });
const openSessions = ({ id }: Person) =>
  sql('SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL', [id]);

/** Somebody at the moment at which their password has been found right. */
async function checked({ id }: Person): Promise<User> {
  const user = await users.findById(id);
  if (!user) throw new Error('nobody');
  return user;
}

const open = (user: User) =>
  app.app.get(SignInService).open(user, { rememberMe: true, method: 'password' }, DEVICE);

async function mailTo(address: string, subject: RegExp) {
  return until(
    async () =>
      (await mailsTo(app.dataDir, address)).find((mail) => subject.test(mail.subject ?? '')),
    { what: `the mail to ${address}` },
  );
}

async function linkTo(address: string, subject: RegExp): Promise<Record<string, string>> {
  const { text } = await mailTo(address, subject);
  return Object.fromEntries(new URL(/http\S+/.exec(text ?? '')?.[0] ?? '').searchParams);
}

describe('a sign-in whose password has been checked opens no session', () => {
  let person: Person;
  let user: User;

  beforeEach(async () => {
    person = await makePerson(app);
    user = await checked(person);
  });

  afterEach(async () => {
    await expect(open(user)).rejects.toMatchObject({ code: 'auth.session_revoked' });
    const ofDevice = await sql('SELECT 1 FROM sessions WHERE user_id = $1 AND address = $2', [
      person.id,
      DEVICE.address,
    ]);
    expect(ofDevice).toEqual([]);
  });

  test('when the password was changed meanwhile', async () => {
    const changed = await person.client.post('auth/password/change', {
      old_password: PASSWORD,
      new_password: NEW_PASSWORD,
    });
    expect(changed.status).toBe(200);
  });

  test('when the password was reset meanwhile', async () => {
    await anybody.post('auth/password/forgot', { email: person.email });
    const link = await linkTo(person.email, /^Choose/);
    const reset = { ...link, new_password: NEW_PASSWORD };
    expect((await anybody.post('auth/password/reset', reset)).status).toBe(200);
  });

  test('when the password is just being changed', async () => {
    let opening: Promise<unknown> | undefined;
    await app.app.get(DataSource).transaction(async (manager) => {
      await manager.query(`UPDATE users SET password_hash = 'new' WHERE id = $1`, [person.id]);
      opening = open(user).catch((error: unknown) => error);
      await until(
        async () =>
          (
            await sql(
              `SELECT 1 FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock'`,
            )
          ).length > 0,
        { what: 'the sign-in to wait' },
      );
    });
    expect(await opening).toMatchObject({ code: 'auth.session_revoked' });
  });

  test('when the account was switched off meanwhile', async () => {
    await users.update(person.id, { isActive: false });
  });

  test('when the account was deleted meanwhile', async () => {
    await users.delete(person.id);
  });
});

test('hashing a password anew does not bring back one that was replaced', async () => {
  const person = await makePerson(app);
  const before = await checked(person);
  const newHash = await app.app.get(PasswordsService).hash(NEW_PASSWORD);
  await sql('UPDATE users SET password_hash = $2 WHERE id = $1', [person.id, newHash]);
  expect(await users.rehash(before, 'the old password, hashed anew')).toBe(false);
  expect((await login(person.email, NEW_PASSWORD)).status).toBe(200);
});

test('many sign-ins at once that all hash a password anew all pass', async () => {
  const person = await makePerson(app);
  const weak = await app.app.get(PasswordsService).hash(PASSWORD);
  await sql('UPDATE users SET password_hash = $2 WHERE id = $1', [person.id, weak]);
  const outdated = jest
    .spyOn(app.app.get(PasswordsService), 'isOutdated')
    .mockImplementation((hash) => hash === weak);
  const answers = await Promise.all(Array.from({ length: 12 }, () => login(person.email)));
  outdated.mockRestore();
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  const [row] = await sql<{ password_hash: string }>(
    'SELECT password_hash FROM users WHERE id = $1',
    [person.id],
  );
  expect(row?.password_hash).not.toBe(weak);
});

test('two changes of a password that knew the old one leave one new password', async () => {
  const person = await makePerson(app);
  const wishes = [NEW_PASSWORD, 'a third sentence to remember'];
  const answers = await Promise.all(
    wishes.map((wish) =>
      person.client.post('auth/password/change', { old_password: PASSWORD, new_password: wish }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
});

test('no link to another address follows a new password, whoever knew the old one', async () => {
  const person = await makePerson(app);
  const user = await checked(person);
  const newEmail = `late-${person.email}`;
  const changed = { old_password: PASSWORD, new_password: NEW_PASSWORD };
  expect((await person.client.post('auth/password/change', changed)).status).toBe(200);
  const requests = app.app.get(EmailRequestService, { strict: false });
  await expect(requests.request(user, newEmail)).rejects.toMatchObject({
    code: 'auth.wrong_password',
  });
  expect(await sql('SELECT 1 FROM mail_tokens WHERE user_id = $1', [person.id])).toEqual([]);
  expect(await sql('SELECT 1 FROM outgoing_mails WHERE recipient = $1', [newEmail])).toEqual([]);
});

describe('whoever leaves', () => {
  test('and signs in at that moment is either out or stays', async () => {
    for (let round = 0; round < 8; round++) {
      const person = await makePerson(app);
      const [left, came] = await Promise.all([leave(person), login(person.email)]);
      expect([left.status, came.status]).toEqual([200, 200]);
      const [row] = await sql<{ leaving: boolean }>(
        'SELECT deletion_requested_at IS NOT NULL AS leaving FROM users WHERE id = $1',
        [person.id],
      );
      expect([row?.leaving, (await openSessions(person)).length]).toEqual(
        row?.leaving ? [true, 0] : [false, 1],
      );
    }
  });

  test('stays by a sign-in that began before', async () => {
    const person = await makePerson(app);
    const user = await checked(person);
    expect((await leave(person)).status).toBe(200);
    await open(user);
    expect((await checked(person)).deletionRequestedAt).toBeNull();
    await mailTo(person.email, /stays$/);
  });

  test('is told so once, however many sign-ins there are at once', async () => {
    const person = await makePerson(app);
    await leave(person);
    const answers = await Promise.all([1, 2, 3, 4].map(() => login(person.email)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const events = await sql(
      `SELECT 1 FROM audit_events WHERE subject_id = $1 AND action = 'account.deletion_cancelled'`,
      [person.id],
    );
    expect(events).toHaveLength(1);
  });

  test('cannot come back once the account is being erased', async () => {
    const person = await makePerson(app);
    await sql(`UPDATE users SET deletion_requested_at = now() - interval '15 days' WHERE id = $1`, [
      person.id,
    ]);
    const user = await checked(person);
    expect(await app.app.get(ErasureService, { strict: false }).eraseDue()).toContain('1 account');
    await expect(open(user)).rejects.toMatchObject({ code: 'auth.session_revoked' });
  });
});

describe('what fails half way leaves all as it was:', () => {
  const failAt = (action: AuditAction) => {
    const audit = app.app.get(AuditService);
    const record = audit.record.bind(audit);
    const failing = jest.spyOn(audit, 'record').mockImplementation(async (entry, manager) => {
      if (entry.action === action) throw new Error('the log is full');
      await record(entry, manager);
    });
    return () => failing.mockRestore();
  };

  test('a password reset', async () => {
    const person = await makePerson(app);
    await anybody.post('auth/password/forgot', { email: person.email });
    const reset = { ...(await linkTo(person.email, /^Choose/)), new_password: NEW_PASSWORD };
    const mend = failAt('password.reset');
    expect((await anybody.post('auth/password/reset', reset)).status).toBe(500);
    mend();
    expect((await person.client.get('users/me')).status).toBe(200);
    expect((await login(person.email)).status).toBe(200);
    expect((await anybody.post('auth/password/reset', reset)).status).toBe(200);
    expect((await login(person.email, NEW_PASSWORD)).status).toBe(200);
  });

  test('an activation', async () => {
    const email = 'half.activated@example.org';
    await anybody.post('auth/register', { email, password: PASSWORD });
    const link = await linkTo(email, /^Activate/);
    const mend = failAt('account.activated');
    expect((await anybody.post('auth/activate', link)).status).toBe(500);
    mend();
    expect((await login(email)).status).toBe(401);
    expect((await anybody.post('auth/activate', link)).status).toBe(200);
    expect((await login(email)).status).toBe(200);
  });

  test('a change of address', async () => {
    const person = await makePerson(app);
    const email = `new-${person.email}`;
    await person.client.post('users/me/email', { new_email: email, password: PASSWORD });
    const link = await linkTo(email, /^Confirm/);
    const mend = failAt('account.email_changed');
    expect((await anybody.post('auth/email/confirm', link)).status).toBe(500);
    mend();
    expect((await checked(person)).email).toBe(person.email);
    expect((await anybody.post('auth/email/confirm', link)).status).toBe(200);
    expect((await checked(person)).email).toBe(email);
  });

  test('the wish to leave', async () => {
    const person = await makePerson(app);
    const mend = failAt('account.deletion_requested');
    expect((await leave(person)).status).toBe(500);
    mend();
    expect((await checked(person)).deletionRequestedAt).toBeNull();
    expect((await person.client.get('users/me')).status).toBe(200);
  });
});

describe('what cannot be told by mail is not done:', () => {
  /** Until `mend`, the database takes no mails, or none of which a condition is true. */
  async function refuseMails(condition = 'true'): Promise<{ mend: () => Promise<void> }> {
    await sql(`CREATE OR REPLACE FUNCTION refuse_mail() RETURNS trigger LANGUAGE plpgsql
      AS $$ BEGIN RAISE EXCEPTION 'no room for mails'; END $$`);
    await sql(`CREATE TRIGGER no_mails BEFORE INSERT ON outgoing_mails
      FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION refuse_mail()`);
    return {
      mend: async () => {
        await sql('DROP TRIGGER no_mails ON outgoing_mails');
      },
    };
  }

  const events = async ({ id }: Person, action: AuditAction) =>
    sql('SELECT 1 FROM audit_events WHERE subject_id = $1 AND action = $2', [id, action]);

  test('a change of the password', async () => {
    const person = await makePerson(app);
    const change = () =>
      person.client.post('auth/password/change', {
        old_password: PASSWORD,
        new_password: NEW_PASSWORD,
      });
    const { mend } = await refuseMails();
    expect((await change()).status).toBe(500);
    await mend();
    expect((await login(person.email)).status).toBe(200);
    expect(await events(person, 'password.changed')).toEqual([]);
    expect((await change()).status).toBe(200);
    await mailTo(person.email, /password was changed$/);
  });

  test('the wish for another address', async () => {
    const person = await makePerson(app);
    const wish = { new_email: `wished-${person.email}`, password: PASSWORD };
    // The mail to the new address goes through, that to the old one does not.
    const { mend } = await refuseMails(`NEW.recipient = '${person.email}'`);
    expect((await person.client.post('users/me/email', wish)).status).toBe(500);
    await mend();
    expect(await sql('SELECT 1 FROM mail_tokens WHERE user_id = $1', [person.id])).toEqual([]);
    expect(await sql('SELECT 1 FROM outgoing_mails WHERE user_id = $1', [person.id])).toEqual([]);
    expect((await person.client.post('users/me/email', wish)).status).toBe(200);
    await mailTo(person.email, /^Somebody asked/);
  });

  test('a change of the address', async () => {
    const person = await makePerson(app);
    const email = `told-${person.email}`;
    await person.client.post('users/me/email', { new_email: email, password: PASSWORD });
    const link = await linkTo(email, /^Confirm/);
    const { mend } = await refuseMails();
    expect((await anybody.post('auth/email/confirm', link)).status).toBe(500);
    await mend();
    expect((await checked(person)).email).toBe(person.email);
    expect((await anybody.post('auth/email/confirm', link)).status).toBe(200);
  });

  test('the wish to leave, and the return', async () => {
    const person = await makePerson(app);
    const failing = await refuseMails();
    expect((await leave(person)).status).toBe(500);
    await failing.mend();
    expect((await checked(person)).deletionRequestedAt).toBeNull();
    expect((await leave(person)).status).toBe(200);

    const { mend } = await refuseMails();
    expect((await login(person.email)).status).toBe(500);
    await mend();
    expect((await checked(person)).deletionRequestedAt).not.toBeNull();
    expect(await openSessions(person)).toEqual([]);
    expect((await login(person.email)).status).toBe(200);
    await mailTo(person.email, /stays$/);
  });

  test('two-factor sign-in', async () => {
    const person = await makePerson(app);
    const { body } = await person.client.post('auth/2fa/totp', { password: PASSWORD });
    const confirm = () =>
      person.client.post('auth/2fa/totp/confirm', {
        code: new TOTP({ secret: (body as { secret: string }).secret }).generate(),
      });
    const { mend } = await refuseMails();
    expect((await confirm()).status).toBe(500);
    await mend();
    expect((await person.client.get('auth/2fa')).body).toMatchObject({ enabled: false });
    expect(await events(person, 'second_factor.enabled')).toEqual([]);
    expect((await confirm()).status).toBe(200);
    await mailTo(person.email, /^The sign-in of/);
  });
});

test('a mail about a change waits for the queue rather than being lost', async () => {
  const person = await makePerson(app);
  const jobs = app.app.get(JobQueue);
  const away = jest.spyOn(jobs, 'add').mockRejectedValue(new Error('the queue is away'));
  const changed = await person.client.post('auth/password/change', {
    old_password: PASSWORD,
    new_password: NEW_PASSWORD,
  });
  away.mockRestore();
  expect(changed.status).toBe(200);
  await app.app.get(MailOutbox).reviveQueuedBefore(new Date(Date.now() + 60_000));
  await mailTo(person.email, /password was changed$/);
});

describe('mails that anybody can ask for', () => {
  const ask = (email: string, purpose: 'registration' | 'password-reset', number = 1) =>
    app.app.get(MailLinksService).mail({ purpose, email }, { number });
  const count = async ({ id }: Person, subject: string) =>
    (
      await sql('SELECT 1 FROM outgoing_mails WHERE user_id = $1 AND subject LIKE $2', [
        id,
        subject,
      ])
    ).length;

  test('are ten an hour of each kind, and none is at the expense of another', async () => {
    const person = await makePerson(app);
    for (let time = 0; time < 12; time++) await ask(person.email, 'registration');
    expect(await count(person, '%already have%')).toBe(10);
    await ask(person.email, 'password-reset');
    expect(await count(person, 'Choose%')).toBe(1);
  });

  test('count once, however often they are tried', async () => {
    const person = await makePerson(app);
    for (let attempt = 1; attempt <= 5; attempt++) {
      await ask(person.email, 'password-reset', attempt);
    }
    for (let time = 0; time < 12; time++) await ask(person.email, 'password-reset');
    expect(await count(person, 'Choose%')).toBe(5 + 9);
  });
});
