import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, Repository } from 'typeorm';
import type { RequestOrigin } from '../common/request-origin.js';
import { AuditEvent, type AuditAction } from './audit-event.entity.js';

/** Who did it, and from where; nothing of both for commands and jobs. */
export interface Actor {
  id?: string | undefined;
  origin?: RequestOrigin | undefined;
}

/** What is to be remembered. */
export interface AuditEntry {
  action: AuditAction;
  by?: Actor | undefined;
  subject?: { type: 'user' | 'video'; id: string } | undefined;
  details?: AuditEvent['details'];
}

export interface AuditFilter {
  action?: AuditAction | undefined;
  /** Who did it or whom it was done to. */
  userId?: string | undefined;
}

/** The record of what matters for security. Entries hold ids instead of names and addresses of mail. */
@Injectable()
export class AuditService {
  constructor(@InjectRepository(AuditEvent) private readonly events: Repository<AuditEvent>) {}

  /** @param manager of the transaction in which it happens, if it happens in one */
  async record(
    { action, by, subject, details = {} }: AuditEntry,
    manager = this.events.manager,
  ): Promise<void> {
    await manager.insert(AuditEvent, {
      action,
      actorId: by?.id ?? null,
      subjectType: subject?.type ?? null,
      subjectId: subject?.id ?? null,
      details,
      ...by?.origin,
    });
  }

  /** Newest first. */
  async page(
    { action, userId }: AuditFilter,
    page: number,
    pageSize: number,
  ): Promise<[AuditEvent[], number]> {
    const byAction = action ? { action } : {};
    return this.events.findAndCount({
      where: userId
        ? [
            { ...byAction, actorId: userId },
            { ...byAction, subjectId: userId },
          ]
        : byAction,
      order: { at: 'DESC', id: 'DESC' },
      skip: (page - 1) * pageSize,
      take: pageSize,
    });
  }

  /** Everything about one user, oldest first, for the user. */
  async listOf(userId: string): Promise<AuditEvent[]> {
    return this.events.find({
      where: [{ actorId: userId }, { subjectId: userId }],
      order: { at: 'ASC', id: 'ASC' },
    });
  }

  /** Takes a person out of the record: what happened stays, who and from where goes. */
  async anonymize(userId: string, manager = this.events.manager): Promise<void> {
    const nobody = { actorId: null, address: '', userAgent: '', details: {} };
    await manager.update(AuditEvent, { actorId: userId }, nobody);
    await manager.update(AuditEvent, { subjectId: userId, actorId: IsNull() }, nobody);
    await manager.update(AuditEvent, { subjectId: userId }, { subjectId: null, details: {} });
  }

  async removeBefore(moment: Date): Promise<number> {
    const { affected } = await this.events.delete({ at: LessThan(moment) });
    return affected ?? 0;
  }
}
