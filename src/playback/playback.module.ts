import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { LibraryModule } from '../library/library.module.js';
import { SubtitlesModule } from '../subtitles/subtitles.module.js';
import { MediaKeysModule } from '../media-keys/media-keys.module.js';
import { MediaController } from './media.controller.js';
import { MediaGrants } from './media-grants.service.js';
import { MediaService } from './media.service.js';
import { PlaybackController } from './playback.controller.js';
import { PlaybackService } from './playback.service.js';

@Module({
  imports: [CatalogueModule, LibraryModule, MediaKeysModule, SubtitlesModule],
  controllers: [MediaController, PlaybackController],
  providers: [MediaGrants, MediaService, PlaybackService],
})
export class PlaybackModule {}
