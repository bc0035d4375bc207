import { Module } from '@nestjs/common';
import { CatalogueModule } from '../../catalogue/catalogue.module.js';
import { QualityRepository } from './quality.repository.js';
import { QualityService } from './quality.service.js';

/** How playback goes, counted by whoever serves players and forgotten by whoever works in the background. */
@Module({
  imports: [CatalogueModule],
  providers: [QualityRepository, QualityService],
  exports: [QualityService],
})
export class QualityModule {}
