import { Module, type DynamicModule } from '@nestjs/common';
import { IngestModule } from './ingest.module.js';
import { MultipartService, UploadLimits } from './multipart.service.js';
import { UploadsController } from './uploads.controller.js';

/** The ways a file comes in over HTTP. */
@Module({})
export class UploadsModule {
  static for({ maxBytes }: { maxBytes: number }): DynamicModule {
    return {
      module: UploadsModule,
      imports: [IngestModule],
      controllers: [UploadsController],
      providers: [
        MultipartService,
        { provide: UploadLimits, useFactory: () => new UploadLimits(maxBytes) },
      ],
    };
  }
}
