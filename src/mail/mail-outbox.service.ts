import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, LessThan, Not, Repository, type EntityManager } from 'typeorm';
import { DomainError } from '../common/domain-error.js';
import { SecretBox } from '../common/secret-box.js';
import { JobQueue } from '../ports/job-queue.js';
import type { Mail } from '../ports/mailer.js';
import { sealBody } from './mail-body.js';
import { OutgoingMail } from './outgoing-mail.entity.js';

/** Rows that one sweep looks at; those behind them get their turn when these are through. */
const SWEEP_SIZE = 1000;

/** Where mails are put that have to arrive: each is a row first, then a job. */
@Injectable()
export class MailOutbox {
  private readonly logger = new Logger('Mail');

  constructor(
    @InjectRepository(OutgoingMail) private readonly mails: Repository<OutgoingMail>,
    private readonly box: SecretBox,
    private readonly jobs: JobQueue,
  ) {}

  /**
   * Takes a mail; when this resolves it cannot be lost any more.
   *
   * @param options.userId whose account it is about; the mail goes when the account goes
   */
  async add(mail: Mail, options: { userId?: string } = {}): Promise<void> {
    await this.post(await this.write(mail, options));
  }

  /**
   * Writes down a mail about a change, to be committed or undone with it. It leaves once somebody
   * calls {@link post}, which has to wait for the commit, or at the next sweep.
   *
   * @param options.manager of the transaction in which the change is made
   * @returns the mail's id
   */
  async write(
    mail: Mail,
    { userId, manager = this.mails.manager }: { userId?: string; manager?: EntityManager },
  ): Promise<string> {
    const id = randomUUID();
    await manager.insert(OutgoingMail, {
      id,
      userId: userId ?? null,
      recipient: mail.to,
      subject: mail.subject,
      sealedBody: sealBody(this.box, id, mail),
    });
    return id;
  }

  /** Sends what was written; never fails, since the sweep posts what could not be posted. */
  async post(id: string): Promise<void> {
    try {
      await this.enqueue(id);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn(`mail ${id} waits for the queue: ${reason}`);
    }
  }

  /**
   * Takes a mail back that was refused or given up, as if it had just come.
   *
   * @throws DomainError `mail.not_found`; `mail.state_conflict` when it was sent or is on its way
   */
  async resend(id: string): Promise<OutgoingMail> {
    const { affected } = await this.mails.update(
      { id, status: In(['refused', 'failed']), sealedBody: Not(IsNull()) },
      { status: 'queued', finishedAt: null },
    );
    const mail = await this.mails.findOneBy({ id });
    if (!mail) throw new DomainError('mail.not_found', 'There is no mail with this id.');
    if (affected === 0) {
      const detail = 'Only a mail that was refused or has failed can be sent again.';
      throw new DomainError('mail.state_conflict', detail);
    }
    await this.post(id);
    return mail;
  }

  /** Gives a new job to mails that are queued since before `date` and have none. */
  async reviveQueuedBefore(date: Date): Promise<void> {
    const waiting = await this.mails.find({
      select: { id: true },
      where: { status: 'queued', createdAt: LessThan(date) },
      order: { createdAt: 'ASC' },
      take: SWEEP_SIZE,
    });
    for (const { id } of waiting) {
      if (await this.jobs.isPending('send-mail', jobId(id))) continue;
      this.logger.log(`mail ${id} had lost its job`);
      await this.enqueue(id);
    }
  }

  private async enqueue(id: string): Promise<void> {
    await this.jobs.add('send-mail', { mail_id: id }, { id: jobId(id) });
  }
}

function jobId(mailId: string): string {
  return `mail-${mailId}`;
}
