import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { LessThan, Not, Repository } from 'typeorm';
import { OutgoingMail, type MailStatus } from './outgoing-mail.entity.js';

interface MailLogQuery {
  status?: MailStatus | undefined;
  /** From 1. */
  page: number;
  pageSize: number;
}

/** What became of the mails, for whoever runs the installation. */
@Injectable()
export class MailLog {
  constructor(@InjectRepository(OutgoingMail) private readonly mails: Repository<OutgoingMail>) {}

  /** One page of mails without their bodies, newest first, and how many there are in all. */
  async page({ status, page, pageSize }: MailLogQuery): Promise<[OutgoingMail[], number]> {
    return this.mails.findAndCount({
      where: status ? { status } : {},
      order: { createdAt: 'DESC', id: 'DESC' },
      skip: (page - 1) * pageSize,
      take: pageSize,
    });
  }

  /** Every mail about one account, oldest first. */
  async listOf(userId: string): Promise<OutgoingMail[]> {
    return this.mails.find({ where: { userId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  /** Forgets the mails to an address that are done, whomever they were about. */
  async removeFinishedTo(recipient: string): Promise<void> {
    await this.mails.delete({ status: Not('queued'), recipient });
  }

  /** Forgets mails that were done before `date`; returns how many. */
  async removeFinishedBefore(date: Date): Promise<number> {
    const { affected } = await this.mails.delete({
      status: Not('queued'),
      finishedAt: LessThan(date),
    });
    return affected ?? 0;
  }
}
