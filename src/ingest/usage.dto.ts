import { z } from 'zod';
import type { Usage } from './quota.service.js';

const bytes = z.int().min(0);

export const UsageSchema = z
  .object({
    used_bytes: bytes.meta({
      description: 'Sources, renditions and uploads on their way together',
      example: 73400320,
    }),
    source_bytes: bytes.meta({ example: 52428800 }),
    rendition_bytes: bytes.meta({ example: 20971520 }),
    incoming_bytes: bytes.meta({ description: 'Uploads that are not complete', example: 0 }),
    quota_bytes: bytes.nullable().meta({ description: 'Null: no limit', example: 10737418240 }),
  })
  .meta({ id: 'Usage' });

export function toUsageDto(usage: Usage): z.output<typeof UsageSchema> {
  return {
    used_bytes: usage.usedBytes,
    source_bytes: usage.sourceBytes,
    rendition_bytes: usage.renditionBytes,
    incoming_bytes: usage.incomingBytes,
    quota_bytes: usage.quotaBytes,
  };
}
