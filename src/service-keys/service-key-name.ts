import { z } from 'zod';

/** Which service has a key, for people. */
export const ServiceKeyNameSchema = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100, 'must have at most 100 characters')
  .regex(/^[^\p{Cc}]*$/u, 'must be one line of text')
  .meta({ example: 'transcoder' });
