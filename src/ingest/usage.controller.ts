import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { Operation } from '../common/operation.js';
import { QuotaService } from './quota.service.js';
import { toUsageDto, UsageSchema } from './usage.dto.js';

@ApiTags('Ingest')
@Controller('users/me')
export class UsageController {
  constructor(private readonly quota: QuotaService) {}

  @Get('usage')
  @Operation({
    summary: 'How much room my videos take, and how much they may',
    access: 'signed-in',
    returns: UsageSchema,
    validates: false,
  })
  async get(@CurrentViewer() { id }: Viewer) {
    return toUsageDto(await this.quota.usage(id));
  }
}
