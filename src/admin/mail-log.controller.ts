import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Operation } from '../common/operation.js';
import { pageFields } from '../common/pagination.js';
import { MailLog } from '../mail/mail-log.service.js';
import {
  MailListQuerySchema,
  MailPageSchema,
  toMailDto,
  type MailListQuery,
} from './mail-log.dto.js';

@ApiTags('Administration')
@Controller('admin/mails')
export class MailLogController {
  constructor(private readonly log: MailLog) {}

  @Get()
  @Operation({
    summary: 'What became of the mails, the newest first',
    access: 'staff',
    returns: MailPageSchema,
  })
  async list(@Query({ schema: MailListQuerySchema }) query: MailListQuery) {
    const { status, page, page_size: pageSize } = query;
    const [mails, totalCount] = await this.log.page({ status, page, pageSize });
    return { mails: mails.map(toMailDto), ...pageFields(totalCount, page, pageSize) };
  }
}
