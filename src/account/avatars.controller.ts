import { Controller, Delete, Get, Param, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import { MeSchema } from '../auth/sign-in/sign-in.dto.js';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { clientGone } from '../common/client-gone.js';
import { IdParam } from '../common/ids.js';
import { FILE, Operation } from '../common/operation.js';
import { toUserDto } from '../users/user.dto.js';
import { AvatarsService } from './avatars.service.js';
import { receivePicture } from './picture-upload.js';
import { PictureNameParam } from './profile.dto.js';

/** The address of a picture changes with it; others may keep what they were shown for themselves. */
const IMMUTABLE = 'private, max-age=31536000, immutable';

@ApiTags('Profile')
@Controller('users')
export class AvatarsController {
  constructor(private readonly avatars: AvatarsService) {}

  @Put('me/avatar')
  @Operation({
    summary: 'Choose a picture: a JPEG, PNG or WebP of at most 5 MiB, cut to a square',
    access: 'member',
    form: { required: ['file'], properties: { file: FILE } },
    returns: MeSchema,
    errors: ['avatar.not_an_image', 'auth.csrf', 'request.too_many'],
  })
  async replace(
    @CurrentViewer() { id }: Viewer,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const receive = (path: string) => receivePicture(request, path);
    const user = await this.avatars.replace(id, receive, clientGone(reply));
    return { user: toUserDto(user) };
  }

  @Delete('me/avatar')
  @Operation({
    summary: 'Remove my picture',
    access: 'member',
    status: 204,
    errors: ['auth.csrf'],
    validates: false,
  })
  async remove(@CurrentViewer() { id }: Viewer) {
    await this.avatars.remove(id);
  }

  @Get(':id/avatar/:name')
  @Operation({
    summary: 'The picture of a user, as their `avatar_url` names it',
    access: 'signed-in',
    returnsFile: 'image/jpeg',
    errors: ['avatar.not_found'],
  })
  async get(
    @Param('id', { schema: IdParam }) id: string,
    @Param('name', { schema: PictureNameParam }) name: string,
    @CurrentViewer() viewer: Viewer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const picture = await this.avatars.find(id, name, viewer);
    const isKnown = fresh(
      { 'if-none-match': request.headers['if-none-match'] },
      { etag: picture.etag },
    );
    const content = isKnown ? undefined : await this.avatars.read(picture);
    // Last of all, so that no failure is told to be kept for a year.
    reply.header('cache-control', IMMUTABLE).header('etag', picture.etag);
    if (!content) {
      await reply.status(304).send();
      return;
    }
    await reply
      .type('image/jpeg')
      .header('content-length', picture.sizeBytes)
      .header('x-content-type-options', 'nosniff')
      .send(content);
  }
}
