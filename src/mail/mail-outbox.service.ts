import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Repository } from 'typeorm';
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
  async add(mail: Mail, { userId }: { userId?: string } = {}): Promise<void> {
    const id = randomUUID();
    await this.mails.insert({
      id,
      userId: userId ?? null,
      recipient: mail.to,
      subject: mail.subject,
      sealedBody: sealBody(this.box, id, mail),
    });
    try {
      await this.enqueue(id);
    } catch (error) {
      // The row is there, so the sweep will bring the mail back.
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn(`mail ${id} waits for the queue: ${reason}`);
    }
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
