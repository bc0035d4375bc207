import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { PlaybackSchema } from './playback.dto.js';
import { PlaybackService } from './playback.service.js';

@ApiTags('Playback')
@Controller('videos')
export class PlaybackController {
  constructor(private readonly playback: PlaybackService) {}

  @Get(':id/playback')
  @Operation({
    summary: 'Signed links to play a video',
    description: 'The links are relative to the address of this API and need no other sign-in.',
    access: 'signed-in',
    returns: PlaybackSchema,
    errors: ['video.not_found', 'video.not_playable'],
  })
  async open(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.playback.open(id, viewer);
  }
}
