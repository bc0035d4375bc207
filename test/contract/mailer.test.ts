import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Logger } from '@nestjs/common';
import PostalMime from 'postal-mime';
import { activationMail } from '../../src/auth/mails/index.js';
import { FileMailer } from '../../src/infrastructure/mail/file-mailer.js';
import { SmtpMailer } from '../../src/infrastructure/mail/smtp-mailer.js';
import { MailRefusedError, type Mailer } from '../../src/ports/mailer.js';
import { startSmtpServer, type TestSmtpServer } from '../support/smtp-server.js';

const FROM = 'Videoflix <noreply@example.com>';
const LINK = `https://videos.example.com/activate?uid=4b1f0f0e-6d3c-4b57-9d0c-6f7a2c1d9f11&token=${'aB3_-'.repeat(20)}`;

// Each mail in a file is logged with its links, for the person in front of the terminal.
beforeAll(() => Logger.overrideLogger(false));

/** What every adapter of `Mailer` promises. `sent` gives the messages, oldest first. */
function describeMailer(mailer: () => Mailer, sent: () => Promise<Buffer[]>): void {
  async function lastMail() {
    return PostalMime.parse((await sent()).at(-1) ?? '');
  }

  test('brings subject, addresses and both bodies over', async () => {
    const bodies = { text: 'Welcome!', html: '<p>Welcome!</p>' };
    await mailer().send({ to: 'anna@example.com', subject: 'Your account', ...bodies });
    const mail = await lastMail();
    expect(mail).toMatchObject({
      from: { name: 'Videoflix', address: 'noreply@example.com' },
      to: [{ address: 'anna@example.com' }],
      subject: 'Your account',
    });
    expect([mail.text?.trim(), mail.html?.trim()]).toEqual(['Welcome!', '<p>Welcome!</p>']);
  });

  test('brings the link of an activation over whole', async () => {
    await mailer().send(activationMail('anna@example.com', LINK));
    const { text, html } = await lastMail();
    expect(text?.split(/\s/)).toContain(LINK);
    expect(html).toContain(LINK.replaceAll('&', '&amp;'));
  });

  test('gives the last words it heard', async () => {
    const { answer } = await mailer().send(activationMail('anna@example.com', LINK));
    expect(answer).toMatch(/^(250 |kept in )\S+/);
  });

  test('brings every script over', async () => {
    const words = 'Grüße, 视频 und 🎬';
    const bodies = { text: words.repeat(20), html: `<p>${words}</p>` };
    await mailer().send({ to: 'anna@example.com', subject: words, ...bodies });
    const mail = await lastMail();
    expect(mail.subject).toBe(words);
    expect(mail.text?.trim()).toBe(words.repeat(20));
    expect(mail.html).toContain(words);
  });

  test('lets nobody add a header', async () => {
    const subject = 'Hello\r\nBcc: eve@example.com\r\n\r\nBody';
    await mailer().send({ to: 'anna@example.com', subject, text: 'Hello', html: 'Hello' });
    const mail = await lastMail();
    expect(mail.bcc).toBeUndefined();
    expect(mail.text?.trim()).toBe('Hello');
  });

  test('sends many at once, each to its own address', async () => {
    const before = (await sent()).length;
    const addresses = Array.from({ length: 12 }, (_, at) => `viewer-${at}@example.com`);
    await Promise.all(
      addresses.map((to) => mailer().send({ to, subject: to, text: to, html: to })),
    );
    const mails = await Promise.all(
      (await sent()).slice(before).map((mail) => PostalMime.parse(mail)),
    );
    const pairs = mails.map(({ to, subject }) => [to?.[0]?.address ?? '', subject ?? '']);
    expect(pairs.sort()).toEqual(addresses.map((address) => [address, address]).sort());
  });
}

describe('mail into files', () => {
  let folder: string;
  let mailer: FileMailer;

  beforeAll(async () => {
    const parent = await mkdtemp(path.join(tmpdir(), 'videoflix-mail-'));
    folder = path.join(parent, 'mail');
    mailer = new FileMailer(folder, FROM);
  });

  afterAll(() => rm(path.dirname(folder), { recursive: true }));

  async function files(): Promise<string[]> {
    const names = await readdir(folder).catch(() => []);
    return names.sort().map((name) => path.join(folder, name));
  }

  describeMailer(
    () => mailer,
    async () => Promise.all((await files()).map((file) => readFile(file))),
  );

  test('keeps the link in one piece for whoever opens the file', async () => {
    await mailer.send(activationMail('anna@example.com', LINK));
    const file = (await files()).at(-1) ?? '';
    expect((await readFile(file, 'utf8')).split(/\s/)).toContain(LINK);
  });

  test('leaves only whole files, which nobody else may read', async () => {
    for (const file of await files()) {
      expect(path.extname(file)).toBe('.eml');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
  });

  test('says where a mail is', async () => {
    const { answer } = await mailer.send(activationMail('anna@example.com', LINK));
    expect(answer).toBe(`kept in ${(await files()).at(-1)}`);
  });

  test('tells when there is no room for them, which may change', async () => {
    const inTheWay = path.join(path.dirname(folder), 'file');
    await writeFile(inTheWay, '');
    const refusal = await refusalBy(new FileMailer(inTheWay, FROM));
    expect(refusal).toEqual({ answer: expect.stringContaining(inTheWay), isPermanent: false });
  });
});

describe('mail over SMTP', () => {
  let server: TestSmtpServer;
  let mailer: SmtpMailer;

  beforeAll(async () => {
    server = await startSmtpServer();
    mailer = new SmtpMailer(server.url, FROM);
  });

  afterAll(async () => {
    mailer.onApplicationShutdown();
    await server.stop();
  });

  describeMailer(
    () => mailer,
    () => Promise.resolve(server.received.map(({ message }) => message)),
  );

  test('names sender and recipient to the server', async () => {
    await mailer.send(activationMail('anna@example.com', LINK));
    expect(server.received.at(-1)).toMatchObject({
      from: 'noreply@example.com',
      to: ['anna@example.com'],
    });
  });

  test('hands on what the server says when it refuses the recipient for good', async () => {
    expect(await refusalBy(mailer, 'anna@refused.example')).toEqual({
      answer: '550 5.1.1 Nobody of this name',
      isPermanent: true,
    });
  });

  test('hands on what the server says when it refuses the recipient for now', async () => {
    expect(await refusalBy(mailer, 'anna@full.example')).toEqual({
      answer: '451 4.2.2 No room left',
      isPermanent: false,
    });
  });

  test('gets through to a server that wants to be asked twice', async () => {
    const { isPermanent } = await refusalBy(mailer, 'anna@greylisted.example');
    expect(isPermanent).toBe(false);
    await mailer.send(activationMail('anna@greylisted.example', LINK));
    expect(server.received.at(-1)?.to).toEqual(['anna@greylisted.example']);
  });

  test('takes a recipient that cannot be one for refused', async () => {
    expect((await refusalBy(mailer, '<>@')).isPermanent).toBe(true);
  });

  test('blames the settings, not the mail, when the password is wrong', async () => {
    const wrong = new SmtpMailer(server.url.replace('%40', ''), FROM);
    expect(await refusalBy(wrong)).toEqual({
      answer: '535 5.7.8 Wrong password',
      isPermanent: false,
    });
    wrong.onApplicationShutdown();
  });

  test('blames the settings, not the mail, when there is no password', async () => {
    const nobody = new SmtpMailer(`smtp://127.0.0.1:${server.port}`, FROM);
    const { answer, isPermanent } = await refusalBy(nobody);
    expect([answer.slice(0, 3), isPermanent]).toEqual(['530', false]);
    nobody.onApplicationShutdown();
  });

  test('sends nothing without TLS when TLS is required', async () => {
    const before = server.received.length;
    const careful = new SmtpMailer(`${server.url}?requireTLS=true`, FROM);
    const { isPermanent } = await refusalBy(careful);
    expect([isPermanent, server.received.length]).toEqual([false, before]);
    careful.onApplicationShutdown();
  });

  test('writes the conversation down, without the password', async () => {
    const heard = new SmtpMailer(server.url, FROM);
    const conversation = heard.listen();
    const { answer } = await heard.send(activationMail('anna@example.com', LINK));
    const lines = conversation.lines.join('\n');
    expect(lines).toContain('> AUTH PLAIN ***\n< 235');
    expect(lines).toContain('> RCPT TO:<anna@example.com>\n');
    expect(lines).toContain(`< ${answer}`);
    expect([conversation.isEncrypted, conversation.lastAnswer]).toEqual([false, answer]);
    expect(heard.server).toBe(`127.0.0.1:${server.port}`);
    heard.onApplicationShutdown();
  });

  test('lets go of a server that says nothing, or nothing any more', async () => {
    for (const greeting of ['', '220 mute\r\n']) {
      const mute = createServer((socket) => void socket.write(greeting)).listen(0, '127.0.0.1');
      await once(mute, 'listening');
      const { port } = mute.address() as AddressInfo;
      const limits = 'connectionTimeout=300&socketTimeout=300';
      const waiting = new SmtpMailer(`smtp://127.0.0.1:${port}?${limits}`, FROM);
      expect((await refusalBy(waiting)).isPermanent).toBe(false);
      waiting.onApplicationShutdown();
      mute.close();
    }
  });

  test('ends a conversation when it is told to', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const told = new SmtpMailer(`smtp://127.0.0.1:${port}`, FROM);
    const sent = told.send(activationMail('anna@example.com', LINK), AbortSignal.timeout(200));
    await expect(sent).rejects.toMatchObject({ isPermanent: false });
    told.onApplicationShutdown();
    mute.close();
  });

  test.each([
    ['asks another machine for TLS before it says a password', '', true],
    ['says it in the clear when it is told to', '?requireTLS=false', false],
  ])('%s', async (_, query, isRefused) => {
    // Leads here as well, and does not say so.
    const elsewhere = server.url.replace('127.0.0.1', '0.0.0.0') + query;
    const before = server.received.length;
    const mailer = new SmtpMailer(elsewhere, FROM);
    const sent = await mailer.send(activationMail('anna@example.com', LINK)).then(
      () => true,
      () => false,
    );
    expect([sent, server.received.length - before]).toEqual(isRefused ? [false, 0] : [true, 1]);
    mailer.onApplicationShutdown();
  });

  test('tells when the server is away, and goes on when it is back', async () => {
    await server.stop();
    expect(await refusalBy(mailer)).toEqual({
      answer: expect.stringContaining('ECONNREFUSED'),
      isPermanent: false,
    });
    server = await startSmtpServer({ port: server.port });
    await mailer.send(activationMail('ben@example.com', LINK));
    expect(server.received.map(({ to }) => to)).toEqual([['ben@example.com']]);
  });
});

describe.each(['starttls', 'implicit'] as const)('mail over SMTP with TLS, %s', (tls) => {
  let server: TestSmtpServer;

  beforeAll(async () => {
    server = await startSmtpServer({ tls });
  });
  afterAll(() => server.stop());

  test('goes through encrypted', async () => {
    const mailer = new SmtpMailer(server.url, FROM);
    const conversation = mailer.listen();
    await mailer.send(activationMail('anna@example.com', LINK));
    expect(server.received.at(-1)).toMatchObject({ to: ['anna@example.com'], encrypted: true });
    expect(conversation.isEncrypted).toBe(true);
    mailer.onApplicationShutdown();
  });

  test('is not handed to a server whose certificate nobody trusts, unless told to', async () => {
    const [address = ''] = server.url.split('?');
    const before = server.received.length;
    const strict = new SmtpMailer(address, FROM);
    expect(await refusalBy(strict)).toEqual({
      answer: expect.stringContaining('self-signed certificate'),
      isPermanent: false,
    });
    expect(server.received).toHaveLength(before);
    const trusting = new SmtpMailer(`${address}?tls.rejectUnauthorized=false`, FROM);
    await trusting.send(activationMail('anna@example.com', LINK));
    expect(server.received).toHaveLength(before + 1);
    for (const mailer of [strict, trusting]) mailer.onApplicationShutdown();
  });
});

/** How a mailer puts that it could not send. */
async function refusalBy(mailer: Mailer, to = 'anna@example.com') {
  const error = await mailer.send(activationMail(to, LINK)).catch((cause: unknown) => cause);
  if (!(error instanceof MailRefusedError)) throw new Error('was not refused', { cause: error });
  return { answer: error.answer, isPermanent: error.isPermanent };
}
