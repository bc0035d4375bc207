import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { SecretBox } from '../common/secret-box.js';
import { PermanentJobError, type JobAttempt } from '../ports/job-queue.js';
import { MailRefusedError, Mailer, type Mail } from '../ports/mailer.js';
import { openBody } from './mail-body.js';
import { OutgoingMail, type MailStatus } from './outgoing-mail.entity.js';

const ANSWER_CHARACTERS = 1000;

/** Hands the outbox's mails over and records what the mail server says. */
@Injectable()
export class MailDelivery {
  constructor(
    @InjectRepository(OutgoingMail) private readonly mails: Repository<OutgoingMail>,
    private readonly box: SecretBox,
    private readonly mailer: Mailer,
  ) {}

  /**
   * Sends a mail that is queued; one that is not any more is done.
   *
   * @throws PermanentJobError when the mail is refused for good, another Error when it may be taken
   *   later. The queue keeps what they say for long, so they repeat no word of the server: that
   *   names the recipient. The record has it.
   */
  async deliver(mailId: string, attempt: Pick<JobAttempt, 'isLast' | 'signal'>): Promise<void> {
    const queued = await this.mails.findOne({
      select: { id: true, recipient: true, subject: true, sealedBody: true },
      where: { id: mailId, status: 'queued' },
    });
    if (!queued) return;
    const mail = await this.open(queued);
    const answer = await this.send(mail, mailId, attempt);
    // A crash at this point sends the mail twice, which is better than not at all.
    await this.finish(mailId, 'sent', answer);
  }

  private async open({ id, recipient, subject, sealedBody }: OutgoingMail): Promise<Mail> {
    try {
      if (!sealedBody) throw new Error('a queued mail has a body');
      return { to: recipient, subject, ...openBody(this.box, id, sealedBody) };
    } catch {
      const answer = 'The mail cannot be read any more: the installation has another secret now.';
      await this.finish(id, 'failed', answer);
      throw new PermanentJobError(answer);
    }
  }

  private async send(
    mail: Mail,
    id: string,
    { isLast, signal }: Pick<JobAttempt, 'isLast' | 'signal'>,
  ): Promise<string> {
    try {
      return (await this.mailer.send(mail, signal)).answer;
    } catch (error) {
      const words = wordsOf(error);
      if (error instanceof MailRefusedError && error.isPermanent) {
        await this.finish(id, 'refused', words);
        throw new PermanentJobError('the mail was refused; its record says why');
      }
      // A worker that is stopping hands its job back, and the attempt does not count.
      if (isLast && !signal.aborted) await this.finish(id, 'failed', words);
      else await this.update(id, { answer: oneLine(words) });
      throw new Error('the mail was not taken; its record says why', { cause: error });
    }
  }

  private async finish(id: string, status: MailStatus, answer: string): Promise<void> {
    await this.update(id, {
      status,
      answer: oneLine(answer),
      finishedAt: new Date(),
      // What nobody took keeps its text for staff to send it again.
      ...(status === 'sent' ? { sealedBody: null } : {}),
    });
  }

  private async update(id: string, changes: Partial<OutgoingMail>): Promise<void> {
    await this.mails.update(
      { id, status: 'queued' },
      { ...changes, attempts: () => 'attempts + 1' },
    );
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof MailRefusedError) return error.answer;
  return error instanceof Error ? error.message : String(error);
}

/** An answer may have many lines and anything in it; PostgreSQL's text takes no NUL. */
function oneLine(answer: string): string {
  return answer
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, ANSWER_CHARACTERS);
}
