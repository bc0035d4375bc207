import { z } from 'zod';

/** A UUID path parameter. */
export const UuidSchema = z.uuid('is not a UUID');

/** `{id}` of a route. */
export const IdParam = UuidSchema.meta({
  description: 'Id (UUID)',
  example: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01',
});
