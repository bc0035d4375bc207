import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { AuditService } from '../../src/audit/audit.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD } from '../support/client.js';
import { makePerson, type Person } from '../support/people.js';
import { until } from '../support/until.js';

let app: TestApp;
let staff: Person;
let ada: Person;

beforeAll(async () => {
  app = await startApp();
  staff = await makePerson(app, { role: 'staff' });
  ada = await makePerson(app, { name: 'Ada L.' });
});
afterAll(() => app.close());

describe('the audit log', () => {
  beforeAll(async () => {
    const login = { email: ada.email, password: PASSWORD };
    const from = { 'user-agent': 'curl/8.5.0' };
    const anybody = new Client(app.origin);
    await anybody.post('auth/login', { ...login, password: 'a wrong one' }, from);
    await anybody.post('auth/login', login, from);
    await app.app
      .get(AuditService)
      .record({ action: 'user.created', subject: { type: 'user', id: staff.id } });
  });

  test('tells who did what to whom, when and from where, the newest first', async () => {
    const { status, body } = await staff.client.get('admin/audit-events');
    expect([status, body.total_count, body.has_more]).toEqual([200, 3, false]);
    expect(body.audit_events).toEqual([
      {
        id: expect.stringMatching(/^\d+$/),
        at: expect.any(String),
        action: 'user.created',
        actor: null,
        subject: { type: 'user', id: staff.id },
        address: '',
        user_agent: '',
        details: {},
      },
      {
        id: expect.any(String),
        at: expect.any(String),
        action: 'sign_in.succeeded',
        actor: { id: ada.id, name: 'Ada L.', email: ada.email },
        subject: { type: 'user', id: ada.id },
        address: '127.0.0.1',
        user_agent: 'curl/8.5.0',
        details: { method: 'password' },
      },
      expect.objectContaining({ action: 'sign_in.failed', actor: null, address: '127.0.0.1' }),
    ]);
  });

  test.each<[() => string, string[]]>([
    [() => 'action=sign_in.failed', ['sign_in.failed']],
    [() => `user_id=${ada.id}`, ['sign_in.succeeded', 'sign_in.failed']],
    [() => `user_id=${ada.id}&action=sign_in.succeeded`, ['sign_in.succeeded']],
    [() => 'page=2&page_size=2', ['sign_in.failed']],
    [() => 'action=export.made', []],
  ])('can be narrowed down', async (filter, actions) => {
    const { body } = await staff.client.get(`admin/audit-events?${filter()}`);
    expect(body.audit_events.map(({ action }: { action: string }) => action)).toEqual(actions);
  });

  test.each(['action=anything', 'user_id=ada', 'page_size=500'])('refuses ?%s', async (wrong) => {
    expect((await staff.client.get(`admin/audit-events?${wrong}`)).status).toBe(400);
  });
});

describe('the log of mails', () => {
  test('tells what became of each, and never what was in it', async () => {
    const email = 'somebody@example.org';
    await new Client(app.origin).post('auth/register', { email, password: PASSWORD });
    const mail = await until(async () => {
      const { body } = await staff.client.get('admin/mails?status=sent');
      return (body.mails as { recipient: string }[]).find(({ recipient }) => recipient === email);
    });
    expect(mail).toEqual({
      id: expect.any(String),
      recipient: email,
      subject: 'Activate your Videoflix account',
      status: 'sent',
      attempts: 1,
      answer: expect.any(String),
      created_at: expect.any(String),
      finished_at: expect.any(String),
    });
  });

  test('repeats the words of the server that refused one', async () => {
    await app.app.get(DataSource).query(
      `INSERT INTO outgoing_mails (id, recipient, subject, status, attempts, answer, finished_at)
       VALUES (gen_random_uuid(), 'gone@example.org', 'Hello', 'refused', 1, '550 No such user', now())`,
    );
    const { body } = await staff.client.get('admin/mails?status=refused');
    expect(body).toMatchObject({ total_count: 1, page: 1, has_more: false });
    expect(body.mails).toMatchObject([{ status: 'refused', answer: '550 No such user' }]);
    expect((await staff.client.get('admin/mails?page_size=1')).body).toMatchObject({
      mails: [{ recipient: 'gone@example.org' }],
      total_count: 2,
      has_more: true,
    });
    expect((await staff.client.get('admin/mails?status=lost')).status).toBe(400);
  });

  test('sends one again whose text is still there, and no other', async () => {
    await app.app.get(DataSource).query(
      `INSERT INTO outgoing_mails (id, recipient, subject, status, sealed_body, finished_at)
       VALUES (gen_random_uuid(), 'again@example.org', 'Hello', 'failed', '\\x00', now())`,
    );
    const { body } = await staff.client.get('admin/mails?status=failed');
    const again = await staff.client.post(`admin/mails/${body.mails[0].id}/resend`);
    expect([again.status, again.body]).toMatchObject([
      200,
      { recipient: 'again@example.org', status: 'queued', finished_at: null },
    ]);
    const refused = (await staff.client.get('admin/mails?status=refused')).body.mails[0];
    const wiped = await staff.client.post(`admin/mails/${refused.id}/resend`);
    expect([wiped.status, wiped.body.code]).toEqual([409, 'mail.state_conflict']);
    const nothing = await staff.client.post(`admin/mails/${randomUUID()}/resend`);
    expect([nothing.status, nothing.body.code]).toEqual([404, 'mail.not_found']);
  });
});
