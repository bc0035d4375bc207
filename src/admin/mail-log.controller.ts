import { Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { pageFields } from '../common/pagination.js';
import { MailLog } from '../mail/mail-log.service.js';
import { MailOutbox } from '../mail/mail-outbox.service.js';
import {
  MailListQuerySchema,
  MailPageSchema,
  MailSchema,
  toMailDto,
  type MailListQuery,
} from './mail-log.dto.js';

@ApiTags('Administration')
@Controller('admin/mails')
export class MailLogController {
  constructor(
    private readonly log: MailLog,
    private readonly outbox: MailOutbox,
  ) {}

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

  @Post(':id/resend')
  @Operation({
    summary: 'Send a mail again that was refused or has failed',
    description: 'Links in it may have expired meanwhile: people can ask for new ones.',
    access: 'staff',
    returns: MailSchema,
    errors: ['mail.not_found', 'mail.state_conflict', 'auth.csrf'],
  })
  async resend(@Param('id', { schema: IdParam }) id: string) {
    return toMailDto(await this.outbox.resend(id));
  }
}
