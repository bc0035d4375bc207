import { Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import type { EncodingConfig, ToolsConfig } from '../config/config.js';
import { SubtitlesModule } from '../subtitles/subtitles.module.js';
import { EncodeProcessor } from './encode.processor.js';
import { EmbeddedSubtitles } from './embedded-subtitles.js';
import { Encoders } from './encoders.js';
import { PackageProcessor } from './package.processor.js';
import { PipelineFailures } from './pipeline-failures.js';
import { PipelineHandlers } from './pipeline-handlers.js';
import { PipelineSettings } from './pipeline-settings.js';
import { Planner } from './planner.js';
import { PrepareProcessor } from './prepare.processor.js';
import { PublishProcessor } from './publish.processor.js';
import { SweepTask } from './sweep.task.js';

interface PipelineOptions {
  tools: ToolsConfig;
  encoding: EncodingConfig;
}

@Module({})
class SweepModule {}

/** From a stored source to a published revision. */
@Module({})
export class PipelineModule {
  static worker({ tools, encoding }: PipelineOptions): DynamicModule {
    return {
      module: PipelineModule,
      imports: [CatalogueModule, SubtitlesModule],
      providers: [
        EmbeddedSubtitles,
        EncodeProcessor,
        Encoders,
        PackageProcessor,
        PipelineFailures,
        PipelineHandlers,
        Planner,
        PrepareProcessor,
        PublishProcessor,
        { provide: PipelineSettings, useFactory: () => new PipelineSettings(tools, encoding) },
      ],
      exports: [PipelineHandlers, PipelineSettings],
    };
  }

  /** What keeps lost work coming back; for a scheduler. */
  static sweeper(): DynamicModule {
    return {
      module: SweepModule,
      imports: [CatalogueModule, ScheduleModule.forRoot()],
      providers: [SweepTask],
    };
  }
}
