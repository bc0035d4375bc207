import { Controller, Get, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { Operation } from '../common/operation.js';
import { PersonalDataSchema } from './personal-data.dto.js';
import { PersonalDataService } from './personal-data.service.js';
import { ProfileService } from './profile.service.js';

@ApiTags('Profile')
@Controller('users/me/data')
export class PersonalDataController {
  constructor(
    private readonly profile: ProfileService,
    private readonly data: PersonalDataService,
  ) {}

  @Get()
  @Operation({
    summary: 'Download everything that is kept about me',
    access: 'member',
    returns: PersonalDataSchema,
    validates: false,
  })
  async download(
    @CurrentViewer() { id, origin }: Viewer,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const content = await this.data.download(await this.profile.get(id), origin);
    const day = new Date().toISOString().slice(0, 10);
    await reply
      .type('application/json; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-disposition', `attachment; filename="videoflix-data-${day}.json"`)
      .send(content);
  }
}
