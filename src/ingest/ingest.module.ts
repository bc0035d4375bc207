import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { IngestService } from './ingest.service.js';

/** Where every way of uploading ends: a stored source becomes a video with a `prepare` job. */
@Module({
  imports: [CatalogueModule],
  providers: [IngestService],
  exports: [IngestService],
})
export class IngestModule {}
