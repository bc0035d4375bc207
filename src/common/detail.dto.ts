import { z } from 'zod';

/** The answer of an operation that has nothing to show: one sentence for the person. */
export const DetailSchema = z
  .object({ detail: z.string().meta({ example: 'Check your mail.' }) })
  .meta({ id: 'Detail' });
