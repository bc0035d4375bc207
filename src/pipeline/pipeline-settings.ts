import type { EncodingConfig, ToolsConfig } from '../config/config.js';

/** Settings of the media pipeline. */
export class PipelineSettings {
  constructor(
    readonly tools: ToolsConfig,
    readonly encoding: EncodingConfig,
  ) {}
}
