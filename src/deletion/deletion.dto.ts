import { z } from 'zod';
import { FlagSchema } from '../common/flag.js';

export const DeletionQuerySchema = z.strictObject({
  purge: FlagSchema.prefault('false').meta({
    description: 'At once and for good, with all files, also of a video that is deleted already',
  }),
});
export type DeletionQuery = z.output<typeof DeletionQuerySchema>;
