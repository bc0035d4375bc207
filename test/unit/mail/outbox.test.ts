import { randomBytes, randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { DataSource, type Repository } from 'typeorm';
import { SecretBox } from '../../../src/common/secret-box.js';
import { dataSourceOptions } from '../../../src/infrastructure/database/data-source-options.js';
import { MailDelivery } from '../../../src/mail/mail-delivery.service.js';
import { MailLog } from '../../../src/mail/mail-log.service.js';
import { MailOutbox } from '../../../src/mail/mail-outbox.service.js';
import { MailSweepTask } from '../../../src/mail/mail-sweep.task.js';
import { OutgoingMail } from '../../../src/mail/outgoing-mail.entity.js';
import { JobQueue, PermanentJobError } from '../../../src/ports/job-queue.js';
import {
  Mailer,
  MailRefusedError,
  type Mail,
  type MailReceipt,
} from '../../../src/ports/mailer.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';

const TOKEN = 'a-token-that-opens-an-account';
const MAIL = {
  to: 'ada@example.org',
  subject: 'Activate your account',
  text: `https://videos.example.org/activate?token=${TOKEN}`,
  html: `<a href="https://videos.example.org/activate?token=${TOKEN}">Activate</a>`,
};

/** Keeps jobs in memory and runs none. */
class ListedJobs extends JobQueue {
  readonly jobs: { id: string | undefined; name: string; payload: unknown }[] = [];
  isAway = false;

  override add: JobQueue['add'] = (name, payload, { id } = {}) => {
    if (this.isAway) return Promise.reject(new Error('the queue is away'));
    if (!this.jobs.some((job) => job.id === id)) this.jobs.push({ id, name, payload });
    return Promise.resolve();
  };

  override isPending(name: string, id: string): Promise<boolean> {
    return Promise.resolve(this.jobs.some((job) => job.name === name && job.id === id));
  }

  override remove = () => Promise.reject(new Error('mails are not called back'));
  override position = () => Promise.reject(new Error('mails know no position'));
  override addTree = () => Promise.reject(new Error('mails make no trees'));
  override schedule = () => Promise.reject(new Error('mails have no schedule'));
  override consume = () => Promise.resolve();
  override ping = () => Promise.resolve();
}

/** Takes mails, or refuses them as it is told. */
class ListedMails extends Mailer {
  readonly sent: Mail[] = [];
  refusal: Error | undefined;

  override send(mail: Mail): Promise<MailReceipt> {
    if (this.refusal) return Promise.reject(this.refusal);
    this.sent.push(mail);
    return Promise.resolve({ answer: '250 2.0.0 Ok:\r\n queued as 4R2x' });
  }
}

let server: TestDatabase;
let database: DataSource;
let rows: Repository<OutgoingMail>;
let jobs: ListedJobs;
let mailer: ListedMails;
let outbox: MailOutbox;
let delivery: MailDelivery;
let log: MailLog;
const box = new SecretBox(randomBytes(32));
const attempt = { isLast: false, signal: new AbortController().signal };

beforeAll(async () => {
  Logger.overrideLogger(false);
  server = await createDatabase();
  database = await new DataSource(dataSourceOptions(server.url, [OutgoingMail])).initialize();
  rows = database.getRepository(OutgoingMail);
});

beforeEach(async () => {
  await rows.clear();
  jobs = new ListedJobs();
  mailer = new ListedMails();
  outbox = new MailOutbox(rows, box, jobs);
  delivery = new MailDelivery(rows, box, mailer);
  log = new MailLog(rows);
});

afterAll(async () => {
  await database.destroy();
  await server.drop();
});

test('a mail becomes a row and a job that names it', async () => {
  const { id } = await added();
  expect(await stored(id)).toMatchObject({
    recipient: MAIL.to,
    subject: MAIL.subject,
    status: 'queued',
    attempts: 0,
    answer: '',
    user_id: null,
    finished_at: null,
  });
  expect(jobs.jobs).toEqual([{ id: `mail-${id}`, name: 'send-mail', payload: { mail_id: id } }]);
});

test('nobody can read the body of a mail in the table', async () => {
  const { id } = await added();
  const row = await stored(id);
  expect(row.sealed_body).toBeInstanceOf(Buffer);
  expect(row.sealed_body?.includes(TOKEN)).toBe(false);
  expect(JSON.stringify(row)).not.toContain(TOKEN);
});

test('a mail that is sent is recorded with the answer, and its body is gone', async () => {
  const { id } = await added();
  await delivery.deliver(id, attempt);
  expect(mailer.sent).toEqual([MAIL]);
  expect(await stored(id)).toMatchObject({
    status: 'sent',
    answer: '250 2.0.0 Ok: queued as 4R2x',
    attempts: 1,
    sealed_body: null,
    finished_at: expect.any(Date),
  });
});

test('a mail is sent once, however often its job runs', async () => {
  const { id } = await added();
  for (let run = 0; run < 3; run++) await delivery.deliver(id, attempt);
  expect(mailer.sent).toHaveLength(1);
});

test('the job of a mail that is gone with its account has nothing to do', async () => {
  const { id } = await added();
  await rows.clear();
  await delivery.deliver(id, attempt);
  expect(mailer.sent).toEqual([]);
});

test('a mail that is refused for good is recorded so, and is not tried again', async () => {
  const { id } = await added();
  mailer.refusal = new MailRefusedError('550 5.1.1 No such user', true);
  await expect(delivery.deliver(id, attempt)).rejects.toThrow(PermanentJobError);
  expect(await stored(id)).toMatchObject({
    status: 'refused',
    answer: '550 5.1.1 No such user',
    attempts: 1,
    sealed_body: expect.any(Buffer),
  });
});

test('a mail that is refused for now stays queued, and arrives later', async () => {
  const { id } = await added();
  mailer.refusal = new MailRefusedError('451 4.7.1 Greylisted', false);
  await expect(delivery.deliver(id, attempt)).rejects.toThrow('not taken');
  expect(await stored(id)).toMatchObject({
    status: 'queued',
    answer: '451 4.7.1 Greylisted',
    attempts: 1,
    sealed_body: expect.any(Buffer),
    finished_at: null,
  });
  mailer.refusal = undefined;
  await delivery.deliver(id, attempt);
  expect(await stored(id)).toMatchObject({ status: 'sent', attempts: 2 });
});

test('a mail that the last attempt does not get rid of has failed', async () => {
  const { id } = await added();
  mailer.refusal = new MailRefusedError('connect ECONNREFUSED 127.0.0.1:25', false);
  await expect(delivery.deliver(id, { ...attempt, isLast: true })).rejects.toThrow('not taken');
  expect(await stored(id)).toMatchObject({
    status: 'failed',
    answer: 'connect ECONNREFUSED 127.0.0.1:25',
    sealed_body: expect.any(Buffer),
  });
});

test.each([
  ['was refused', true],
  ['has failed', false],
])('a mail that %s can be sent again, as if it had just come', async (_, isPermanent) => {
  const { id } = await added();
  mailer.refusal = new MailRefusedError('554 5.7.1 Relay access denied', isPermanent);
  await expect(delivery.deliver(id, { ...attempt, isLast: true })).rejects.toThrow();
  jobs.jobs.length = 0;
  expect(await outbox.resend(id)).toMatchObject({ id, status: 'queued', finishedAt: null });
  expect(jobs.jobs).toEqual([{ id: `mail-${id}`, name: 'send-mail', payload: { mail_id: id } }]);
  mailer.refusal = undefined;
  await delivery.deliver(id, attempt);
  expect(mailer.sent).toEqual([MAIL]);
  expect(await stored(id)).toMatchObject({ status: 'sent', attempts: 2, sealed_body: null });
});

test('a mail that is on its way or was sent is not sent again', async () => {
  const [queued, sent] = [await added(), await added()];
  await delivery.deliver(sent.id, attempt);
  jobs.jobs.length = 0;
  for (const { id } of [queued, sent]) {
    await expect(outbox.resend(id)).rejects.toMatchObject({ code: 'mail.state_conflict' });
  }
  await expect(outbox.resend(randomUUID())).rejects.toMatchObject({ code: 'mail.not_found' });
  expect(jobs.jobs).toEqual([]);
});

test('the last attempt does not count when the worker is stopping', async () => {
  const { id } = await added();
  mailer.refusal = new MailRefusedError('Connection pool was closed', false);
  const stopping = { isLast: true, signal: AbortSignal.abort() };
  await expect(delivery.deliver(id, stopping)).rejects.toThrow('not taken');
  expect(await stored(id)).toMatchObject({ status: 'queued', sealed_body: expect.any(Buffer) });
});

test.each([true, false])(
  'the queue hears no word of the server, permanent: %s',
  async (isPermanent) => {
    const { id } = await added();
    mailer.refusal = new MailRefusedError(`550 <${MAIL.to}> unknown`, isPermanent);
    const error: unknown = await delivery.deliver(id, attempt).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).stack).not.toContain(MAIL.to);
  },
);

test('an answer of many lines and odd characters is kept on one line, and not for ever', async () => {
  const { id } = await added();
  mailer.refusal = new MailRefusedError(`550-No\u0000\r\n550 ${'x'.repeat(5000)}`, true);
  await expect(delivery.deliver(id, attempt)).rejects.toThrow(PermanentJobError);
  const { answer } = await stored(id);
  expect(answer).toMatch(/^550-No 550 x+$/);
  expect(answer).toHaveLength(1000);
});

test('a mail that was sealed with another secret has failed, and says why', async () => {
  const { id } = await added();
  const foreign = new MailDelivery(rows, new SecretBox(randomBytes(32)), mailer);
  await expect(foreign.deliver(id, attempt)).rejects.toThrow(PermanentJobError);
  expect(await stored(id)).toMatchObject({
    status: 'failed',
    answer: expect.stringContaining('another secret'),
  });
});

test('a body that is moved to the row of another mail cannot be sent from there', async () => {
  const { id } = await added();
  const { id: other } = await added();
  await database.query(
    'UPDATE outgoing_mails SET sealed_body = (SELECT sealed_body FROM outgoing_mails WHERE id = $1) WHERE id = $2',
    [id, other],
  );
  await expect(delivery.deliver(other, attempt)).rejects.toThrow(PermanentJobError);
  expect(mailer.sent).toEqual([]);
});

test('without the queue a mail is taken all the same, and the sweep brings it back', async () => {
  jobs.isAway = true;
  const { id } = await added();
  expect(jobs.jobs).toEqual([]);
  await age(id, '6 minutes');
  await new MailSweepTask(outbox).sweep();
  jobs.isAway = false;
  await new MailSweepTask(outbox).sweep();
  expect(jobs.jobs).toEqual([{ id: `mail-${id}`, name: 'send-mail', payload: { mail_id: id } }]);
});

test('the sweep leaves alone what is young, done, or has its job', async () => {
  const [young, done, pending] = [await added(), await added(), await added()];
  await delivery.deliver(done.id, attempt);
  await age(done.id, '6 minutes');
  await age(pending.id, '6 minutes');
  jobs.jobs.splice(0, 2);
  const before = [...jobs.jobs];
  await new MailSweepTask(outbox).sweep();
  expect(jobs.jobs).toEqual(before);
  expect(await stored(young.id)).toMatchObject({ status: 'queued' });
});

test('the log gives pages of mails without their bodies, newest first', async () => {
  const ids = [];
  for (const minutes of [3, 2, 1]) {
    const { id } = await added();
    await age(id, `${minutes} minutes`);
    ids.unshift(id);
  }
  await delivery.deliver(ids[1] ?? '', attempt);
  const [first, total] = await log.page({ page: 1, pageSize: 2 });
  expect([first.map(({ id }) => id), total]).toEqual([ids.slice(0, 2), 3]);
  expect(first.map(({ sealedBody }) => sealedBody)).toEqual([undefined, undefined]);
  const [second] = await log.page({ page: 2, pageSize: 2 });
  expect(second.map(({ id }) => id)).toEqual(ids.slice(2));
  const [sent, sentTotal] = await log.page({ status: 'sent', page: 1, pageSize: 2 });
  expect([sent.map(({ id }) => id), sentTotal]).toEqual([[ids[1]], 1]);
});

test('old records go, and mails on their way stay', async () => {
  const [done, queued] = [await added(), await added()];
  await delivery.deliver(done.id, attempt);
  await age(queued.id, '1 year');
  expect(await log.removeFinishedBefore(new Date(Date.now() - 60_000))).toBe(0);
  expect(await log.removeFinishedBefore(new Date(Date.now() + 60_000))).toBe(1);
  expect((await rows.find()).map(({ id }) => id)).toEqual([queued.id]);
});

/** Puts a mail into the outbox. */
async function added(): Promise<{ id: string }> {
  const known = new Set((await rows.find()).map(({ id }) => id));
  await outbox.add(MAIL);
  const row = (await rows.find()).find(({ id }) => !known.has(id));
  if (!row) throw new Error('the mail has no row');
  return row;
}

/** The row as it lies in the table. */
async function stored(id: string) {
  const [row] = await database.query<
    { sealed_body: Buffer | null; answer: string; [column: string]: unknown }[]
  >('SELECT * FROM outgoing_mails WHERE id = $1', [id]);
  if (!row) throw new Error('the mail is gone');
  return row;
}

async function age(id: string, interval: string): Promise<void> {
  await database.query(
    'UPDATE outgoing_mails SET created_at = now() - $2::interval WHERE id = $1',
    [id, interval],
  );
}
