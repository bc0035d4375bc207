import { Injectable } from '@nestjs/common';
import { AuditService, type AuditFilter } from '../audit/audit.service.js';
import type { AuditEvent } from '../audit/audit-event.entity.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** An entry of the audit log and whoever did it, as far as they are still there. */
export interface TracedEvent {
  event: AuditEvent;
  actor: User | undefined;
}

/** The audit log for people: its entries hold ids, and names are looked up when it is read. */
@Injectable()
export class AuditTrail {
  constructor(
    private readonly audit: AuditService,
    private readonly users: UsersService,
  ) {}

  /** Newest first. */
  async page(
    filter: AuditFilter,
    page: number,
    pageSize: number,
  ): Promise<[TracedEvent[], number]> {
    const [events, totalCount] = await this.audit.page(filter, page, pageSize);
    const ids = new Set(events.flatMap(({ actorId }) => actorId ?? []));
    const actors = await this.users.findByIds([...ids]);
    const byId = new Map(actors.map((actor) => [actor.id, actor]));
    return [events.map((event) => ({ event, actor: byId.get(event.actorId ?? '') })), totalCount];
  }
}
