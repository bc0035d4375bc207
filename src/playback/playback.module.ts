import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { LibraryModule } from '../library/library.module.js';
import { SubtitlesModule } from '../subtitles/subtitles.module.js';
import { MediaController } from './media.controller.js';
import { MediaService } from './media.service.js';
import { PlaybackController } from './playback.controller.js';
import { PlaybackService } from './playback.service.js';

@Module({
  imports: [CatalogueModule, LibraryModule, SubtitlesModule],
  controllers: [MediaController, PlaybackController],
  providers: [MediaService, PlaybackService],
})
export class PlaybackModule {}
