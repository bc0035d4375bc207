import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { EncoderLoad } from '../catalogue/encoder-load.service.js';
import type { Rendition } from '../catalogue/rendition.entity.js';
import { framesPerSecond } from '../media/frame-rate.js';
import type { EncodingPlan } from '../media/encoding-plan.js';
import {
  DEFAULT_ENCODING_SETTINGS,
  STREAMED_LOUDNESS,
  type EncodingSettings,
} from '../media/encoding-settings.js';
import { planEncoding } from '../media/plan.js';
import type { SourceInfo } from '../media/source-info.js';
import { Encoders } from './encoders.js';
import { PipelineSettings } from './pipeline-settings.js';
import type { PlanLimits } from './plan-limits.js';

/** What a core is taken to encode with x264's veryfast until there is an encode to learn from. */
const PIXELS_PER_SECOND_AND_CORE = 60e6;

/** Makes the plan for a source, for this installation and its load at the moment. */
@Injectable()
export class Planner {
  constructor(
    private readonly load: EncoderLoad,
    private readonly settings: PipelineSettings,
    private readonly encoders: Encoders,
  ) {}

  async plan(
    videoId: string,
    source: SourceInfo,
    { remux, anyEncoder }: PlanLimits = { remux: true, anyEncoder: true },
  ): Promise<EncodingPlan> {
    const { ladder, preset } = this.settings.encoding;
    const settings: EncodingSettings = {
      ...DEFAULT_ENCODING_SETTINGS,
      rungShortSides: ladder,
      encoders: anyEncoder ? await this.encoders.usable() : ['x264'],
      preset,
      loudness: this.settings.encoding.loudnorm ? STREAMED_LOUDNESS : undefined,
      remux: remux && this.settings.encoding.remux,
    };
    return planEncoding(source, settings, { pixelsPerSecond: await this.pace(videoId) });
  }

  /** One that has to wait for its turn is not encoded at all for now. */
  private async pace(videoId: string): Promise<number> {
    if (await this.load.isBusy(videoId, this.settings.encoding.concurrency)) return 0;
    const assumed = availableParallelism() * PIXELS_PER_SECOND_AND_CORE;
    return (await this.load.pace()) ?? assumed;
  }
}

/** The rows of a plan's renditions, none of them begun. */
export function plannedRenditions(plan: EncodingPlan): Partial<Rendition>[] {
  return plan.runs.flatMap((run) => [
    ...run.video.map(({ folder, width, height }) => ({
      kind: 'video' as const,
      name: folder,
      width,
      height,
      frameRate: framesPerSecond(plan.frameRate),
    })),
    ...run.audio.map(({ folder, language }) => ({
      kind: 'audio' as const,
      name: folder,
      language: language ?? null,
    })),
  ]);
}
