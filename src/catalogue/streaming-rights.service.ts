import { Injectable } from '@nestjs/common';
import { batched } from '../common/batched.js';
import {
  StreamingRightsRepository,
  type StreamingQuestion,
} from './streaming-rights.repository.js';

/**
 * Whether somebody may have the bytes of a video at this moment. Nothing is remembered, so what changes
 * counts at the next request; questions that come together are asked together.
 */
@Injectable()
export class StreamingRights {
  private readonly questions = batched(async (keys) => {
    const asked = keys.map(toQuestion);
    const granted = await this.rights.findGranted(asked);
    return new Map(keys.map((key, position) => [key, granted.has(position)]));
  });

  constructor(private readonly rights: StreamingRightsRepository) {}

  async isGranted({ videoId, viewerId }: StreamingQuestion): Promise<boolean> {
    return (await this.questions.load(`${videoId} ${viewerId}`)) ?? false;
  }
}

function toQuestion(key: string): StreamingQuestion {
  const [videoId = '', viewerId = ''] = key.split(' ');
  return { videoId, viewerId };
}
