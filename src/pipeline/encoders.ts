import { Injectable, Logger } from '@nestjs/common';
import { encoderProblem } from '../media-tools/try-encoder.js';
import { codecOf, FURTHER_ENCODERS, type EncoderName } from '../media/encoders.js';
import { PipelineSettings } from './pipeline-settings.js';

/** That of H.264, and those of the codecs that come beside it. */
export type EncoderChoice = readonly [EncoderName, ...EncoderName[]];

/** The encoders that were asked for, as far as this machine has them. */
@Injectable()
export class Encoders {
  private readonly logger = new Logger('Pipeline');
  private choice: Promise<EncoderChoice> | undefined;

  constructor(private readonly settings: PipelineSettings) {}

  /** Each one is tried once in a process, and missed once. */
  usable(): Promise<EncoderChoice> {
    this.choice ??= this.choose();
    return this.choice;
  }

  private async choose(): Promise<EncoderChoice> {
    const { encoder, codecs } = this.settings.encoding;
    const further = FURTHER_ENCODERS.filter((name) => codecs.includes(codecOf(name)));
    const working: EncoderName[] = [];
    for (const name of further) if (await this.works(name)) working.push(name);
    return [(await this.works(encoder)) ? encoder : 'x264', ...working];
  }

  /** Nothing works without x264, which is looked for at the start. */
  private async works(name: EncoderName): Promise<boolean> {
    if (name === 'x264') return true;
    const { ffmpegPath, memoryBytes } = this.settings.tools;
    const problem = await encoderProblem(name, { ffmpegPath, memoryLimitBytes: memoryBytes });
    if (problem === undefined) return true;
    this.logger.warn(`the encoder ${name} does not work here, so it is not used: ${problem}`);
    return false;
  }
}
