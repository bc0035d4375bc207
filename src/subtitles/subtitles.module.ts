import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { SubtitleUploads } from './subtitle-uploads.service.js';
import { Subtitle } from './subtitle.entity.js';
import { SubtitlesController } from './subtitles.controller.js';
import { SubtitlesRepository } from './subtitles.repository.js';
import { SubtitlesService } from './subtitles.service.js';
import { Transcripts } from './transcripts.service.js';

/** The text tracks of videos, for the pipeline and for playback. */
@Module({
  imports: [TypeOrmModule.forFeature([Subtitle])],
  providers: [SubtitlesRepository, SubtitlesService, Transcripts],
  exports: [SubtitlesRepository, SubtitlesService, Transcripts],
})
export class SubtitlesModule {}

/** Their part of the API. */
@Module({
  imports: [CatalogueModule, SubtitlesModule],
  controllers: [SubtitlesController],
  providers: [SubtitleUploads],
})
export class SubtitlesApiModule {}
