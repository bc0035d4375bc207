import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { AbandonedUploads } from './direct/abandoned-uploads.service.js';
import { StrayUploads } from './direct/stray-uploads.service.js';
import { IngestService } from './ingest.service.js';
import { ResumableIntake } from './resumable/resumable-intake.service.js';
import { UploadSweep } from './resumable/upload-sweep.service.js';
import { UploadOutcomes } from './sessions/upload-outcomes.service.js';
import { UploadSession } from './sessions/upload-session.entity.js';
import { UploadSessionsRepository } from './sessions/upload-sessions.repository.js';

/** Where every way of uploading ends: a stored source becomes a video with a `prepare` job. */
@Module({
  imports: [CatalogueModule, TypeOrmModule.forFeature([UploadSession])],
  providers: [
    ...[AbandonedUploads, IngestService, ResumableIntake, StrayUploads],
    ...[UploadOutcomes, UploadSessionsRepository, UploadSweep],
  ],
  exports: [
    ...[AbandonedUploads, IngestService, ResumableIntake],
    ...[UploadOutcomes, UploadSessionsRepository, UploadSweep],
  ],
})
export class IngestModule {}
