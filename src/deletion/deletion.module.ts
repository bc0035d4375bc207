import { Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { DeletionController } from './deletion.controller.js';
import { DeletionService } from './deletion.service.js';

/** Deleting videos over HTTP, and bringing them back. */
@Module({})
export class DeletionModule {
  /** @param uploads the configured module of uploads, whose quota counts here too */
  static with(uploads: DynamicModule): DynamicModule {
    return {
      module: DeletionModule,
      imports: [AuditModule, CatalogueModule, uploads],
      controllers: [DeletionController],
      providers: [DeletionService],
    };
  }
}
