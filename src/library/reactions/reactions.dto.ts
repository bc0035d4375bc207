import { z } from 'zod';
import { VideoSchema } from '../../catalogue/video.dto.js';
import { PageSchemaShape } from '../../common/pagination.js';

export const NewRatingSchema = z.strictObject({
  stars: z.int().min(1).max(5).meta({ example: 4 }),
});
export type NewRating = z.output<typeof NewRatingSchema>;

export const LikedPageSchema = z
  .object({
    entries: z.array(z.object({ video: VideoSchema, liked_at: z.iso.datetime() })),
    ...PageSchemaShape,
  })
  .meta({ id: 'LikedPage' });
