import { Controller, HttpCode, Param, Put, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../../common/access.js';
import { ObjectsService } from './objects.service.js';

/** Where files come on local storage: `/upload/objects/{token}`. The token is the right to; the answer has an ETag. */
@ApiExcludeController()
@Controller('upload/objects')
export class ObjectsController {
  constructor(private readonly objects: ObjectsService) {}

  @Put('*')
  @Access('public')
  @HttpCode(204)
  async receive(
    @Param('*') token: string,
    @Req() { headers, raw: body }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const length = headers['content-length'];
    const sizeBytes = length === undefined ? undefined : Number(length);
    const contentType = headers['content-type'];
    const etag = await this.objects.receive({ token, contentType, sizeBytes, body });
    reply.header('etag', `"${etag}"`);
  }
}
