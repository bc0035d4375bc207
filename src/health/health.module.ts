import { Module, type DynamicModule } from '@nestjs/common';
import type { ToolsConfig } from '../config/config.js';
import { HealthController } from './health.controller.js';
import { CheckedTools, HealthService } from './health.service.js';

@Module({})
export class HealthModule {
  static for({ ffmpegPath, ffprobePath }: ToolsConfig): DynamicModule {
    return {
      module: HealthModule,
      controllers: [HealthController],
      providers: [
        HealthService,
        { provide: CheckedTools, useFactory: () => new CheckedTools(ffmpegPath, ffprobePath) },
      ],
      exports: [HealthService],
    };
  }
}
