import { z } from 'zod';

/** A request without a body retries the whole video. */
export const RetrySchema = z
  .strictObject({
    rendition: z.string().min(1).max(100).optional().meta({
      example: 'v720p',
      description: 'One of the renditions; all that come from the same run are made again',
    }),
  })
  .nullish()
  .transform((body) => body ?? {})
  .meta({ id: 'Retry' });
export type RetryRequest = z.output<typeof RetrySchema>;
