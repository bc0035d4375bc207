import path from 'node:path';
import { Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { ExportRepository } from './export.repository.js';
import { ExportDirectory, ExportService } from './export.service.js';

@Module({})
export class ExportModule {
  static for({ dataDir }: { dataDir: string }): DynamicModule {
    return {
      module: ExportModule,
      imports: [AuditModule],
      providers: [
        ExportRepository,
        ExportService,
        {
          provide: ExportDirectory,
          useFactory: () => new ExportDirectory(path.join(dataDir, 'exports')),
        },
      ],
      exports: [ExportService],
    };
  }
}
