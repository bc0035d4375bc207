import { Module } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { ControlModule } from '../pipeline/control.module.js';
import { ForeignRenditions } from './foreign-renditions.js';
import { ForeignTitles } from './foreign-titles.service.js';
import { TranscodersController } from './transcoders.controller.js';
import { TranscodingService } from './transcoding.service.js';

/** The API of external transcoders. */
@Module({
  imports: [CatalogueModule, ControlModule],
  controllers: [TranscodersController],
  providers: [ForeignRenditions, ForeignTitles, TranscodingService],
})
export class TranscodersModule {}
