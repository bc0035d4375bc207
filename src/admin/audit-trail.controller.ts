import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Operation } from '../common/operation.js';
import { pageFields } from '../common/pagination.js';
import {
  AuditEventListQuerySchema,
  AuditEventPageSchema,
  toAuditEventDto,
  type AuditEventListQuery,
} from './audit-trail.dto.js';
import { AuditTrail } from './audit-trail.service.js';

@ApiTags('Administration')
@Controller('admin/audit-events')
export class AuditTrailController {
  constructor(private readonly trail: AuditTrail) {}

  @Get()
  @Operation({
    summary: 'Who did what to whom, the newest first',
    access: 'staff',
    returns: AuditEventPageSchema,
  })
  async list(@Query({ schema: AuditEventListQuerySchema }) query: AuditEventListQuery) {
    const { action, user_id: userId, page, page_size: pageSize } = query;
    const [traced, totalCount] = await this.trail.page({ action, userId }, page, pageSize);
    return {
      audit_events: traced.map(({ event, actor }) => toAuditEventDto(event, actor)),
      ...pageFields(totalCount, page, pageSize),
    };
  }
}
