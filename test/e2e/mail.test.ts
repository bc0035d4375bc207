import PostalMime from 'postal-mime';
import { DataSource } from 'typeorm';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD } from '../support/client.js';
import { manage, type Ended } from '../support/server.js';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.js';
import { until } from '../support/until.js';

let server: TestSmtpServer;
let app: TestApp;

beforeAll(async () => {
  server = await startSmtpServer();
  app = await startApp({ SMTP_URL: server.url });
});

afterAll(async () => {
  await app.close();
  await server.stop();
});

test('a mail arrives, and its record keeps the answer of the server but not its body', async () => {
  await register('ada@example.org');
  await tokenMailedTo('ada@example.org');
  const row = await recordOf('ada@example.org', ({ status }) => status === 'sent');
  expect(row).toMatchObject({
    subject: 'Activate your Videoflix account',
    attempts: 1,
    answer: expect.stringMatching(/^250 /),
    sealed_body: null,
    finished_at: expect.any(Date),
  });
});

test('a mail that bounces is recorded with the words of the server, and is not sent again', async () => {
  await register('nobody@refused.example');
  const row = await recordOf('nobody@refused.example', ({ status }) => status !== 'queued');
  expect(row).toMatchObject({
    status: 'refused',
    answer: '550 5.1.1 Nobody of this name',
    attempts: 1,
    sealed_body: expect.any(Buffer),
  });
});

test('the queue keeps nothing of a mail that bounced, neither job nor words', async () => {
  await register('bounced@refused.example');
  await recordOf('bounced@refused.example', ({ status }) => status === 'refused');
  const query = (table: string, where: string) =>
    app.app.get(DataSource).query<object[]>(`SELECT * FROM bullmq.${table} WHERE ${where}`);
  const isGone = async () =>
    (await query('job', `name = 'send-mail' AND state <> 'completed'`)).length === 0;
  await until(isGone, { what: 'a queue without the mail' });
  expect(await query('event', `event = 'failed'`)).not.toEqual([]);
  expect(await query('event', `data::text LIKE '%Nobody of this name%'`)).toEqual([]);
});

test('a mail that is greylisted arrives at the second attempt', async () => {
  await register('grace@greylisted.example');
  const waiting = await recordOf('grace@greylisted.example', ({ attempts }) => attempts === 1);
  expect(waiting).toMatchObject({ status: 'queued', answer: '451 4.7.1 Greylisted, come back' });
  await tokenMailedTo('grace@greylisted.example');
  const sent = await recordOf('grace@greylisted.example', ({ status }) => status === 'sent');
  expect(sent.attempts).toBe(2);
  expect(server.putOff).toEqual(['grace@greylisted.example']);
});

test('while the server is away mails wait unreadable, and arrive when it is back', async () => {
  await server.stop();
  const registered = await register('joan@example.org');
  expect(registered.status).toBe(201);
  const waiting = await recordOf('joan@example.org', ({ attempts }) => attempts > 0);
  expect(waiting).toMatchObject({
    status: 'queued',
    answer: expect.stringContaining('ECONNREFUSED'),
    sealed_body: expect.any(Buffer),
  });
  server = await startSmtpServer({ port: server.port });
  const token = await tokenMailedTo('joan@example.org');
  expect(waiting.sealed_body?.includes(token)).toBe(false);
  expect(JSON.stringify(waiting)).not.toContain(token);
  const sent = await recordOf('joan@example.org', ({ status }) => status === 'sent');
  expect(sent.sealed_body).toBeNull();
});

describe('manage send-test-mail', () => {
  test('tells who took the mail, and what the server said', async () => {
    const { code, stdout } = await sendTestMail(['op@example.org'], server.url);
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [
        `Sending a test mail to op@example.org through 127.0.0.1:${server.port}.`,
        expect.stringMatching(/^The server took it: 250 /),
        'The connection was not encrypted.',
        '',
      ],
    ]);
    expect(server.received.at(-1)?.to).toEqual(['op@example.org']);
  });

  test('prints the conversation without the password, under TLS', async () => {
    const secure = await startSmtpServer({ tls: 'starttls' });
    const { code, stdout } = await sendTestMail(['op@example.org', '--dialogue'], secure.url);
    await secure.stop();
    expect(code).toBe(0);
    expect(stdout).toContain('The connection was encrypted (TLS).');
    expect(stdout).toMatch(/^> STARTTLS\n< 220 .*\n> EHLO /m);
    expect(stdout).toContain('> AUTH PLAIN ***\n< 235 ');
    expect(stdout).toContain('> RCPT TO:<op@example.org>\n');
  });

  test('fails with the words of the server when it refuses', async () => {
    const { code, stderr } = await sendTestMail(['op@refused.example'], server.url);
    expect([code, stderr]).toEqual([
      1,
      'Error: The mail was not taken: 550 5.1.1 Nobody of this name\n',
    ]);
  });

  test('fails with the reason when nobody is there, and never prints the password', async () => {
    const gone = await startSmtpServer();
    await gone.stop();
    const { code, stdout, stderr } = await sendTestMail(['op@example.org'], gone.url);
    expect(code).toBe(1);
    expect(stderr).toContain(`ECONNREFUSED 127.0.0.1:${gone.port}`);
    expect(stdout + stderr).not.toMatch(/word/);
  });

  test('says which file it is without a mail server', async () => {
    const { code, stdout } = await sendTestMail(['op@example.org']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^SMTP_URL is not set, so mails become files\. This one is kept in /);
    const [mail] = await mailsTo(app.dataDir, 'op@example.org');
    expect(mail?.subject).toBe('A test mail from Videoflix');
  });

  test('sends nothing to what is not an address', async () => {
    const before = server.received.length;
    const { code, stderr } = await sendTestMail(['op@'], server.url);
    expect([code, stderr]).toEqual([1, 'Error: op@ is not a valid e-mail address.\n']);
    expect(server.received).toHaveLength(before);
  });
});

function sendTestMail(args: readonly string[], smtpUrl?: string): Promise<Ended> {
  return manage(['send-test-mail', ...args], {
    DATABASE_URL: app.databaseUrl,
    DATA_DIR: app.dataDir,
    SECRET_KEY: 'a secret of thirty-two characters',
    ...(smtpUrl ? { SMTP_URL: smtpUrl } : {}),
  });
}

function register(email: string) {
  return new Client(app.origin).post('auth/register', { email, password: PASSWORD });
}

/** The token in the link of the mail that the server got for an address. */
async function tokenMailedTo(address: string): Promise<string> {
  const { message } = await until(() => server.received.find(({ to }) => to.includes(address)), {
    what: `a mail to ${address}`,
  });
  const { text = '' } = await PostalMime.parse(message);
  return new URL(/http\S+/.exec(text)?.[0] ?? '').searchParams.get('token') ?? '';
}

interface MailRow {
  status: string;
  attempts: number;
  answer: string;
  sealed_body: Buffer | null;
}

/** The row of the mail to an address, as it lies in the table, once it is as expected. */
async function recordOf(address: string, isAsExpected: (row: MailRow) => boolean) {
  return until(
    async () => {
      const [row] = await app.app
        .get(DataSource)
        .query<MailRow[]>('SELECT * FROM outgoing_mails WHERE recipient = $1', [address]);
      return row && isAsExpected(row) && row;
    },
    { what: `the record of the mail to ${address}` },
  );
}
