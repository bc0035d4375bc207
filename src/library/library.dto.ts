import { z } from 'zod';
import { VideoSchema } from '../catalogue/video.dto.js';
import { PageQueryShape, PageSchemaShape } from '../common/pagination.js';
import { isFinished, percentWatched } from './watching.js';

/** Longer than any film, and than any number of seconds a clock could be asked for. */
const LONGEST_SECONDS = 10_000_000;

export const PageQuerySchema = z.strictObject(PageQueryShape);
export type Page = z.output<typeof PageQuerySchema>;

export const NewProgressSchema = z.strictObject({
  position_seconds: z.number().min(0).max(LONGEST_SECONDS).meta({
    example: 61.5,
    description: 'Where the viewer is; what lies behind the end is the end',
  }),
});
export type NewProgress = z.output<typeof NewProgressSchema>;

export const ProgressSchema = z
  .object({
    position_seconds: z.number().meta({ example: 61.5 }),
    percent: z.int().min(0).max(100).meta({ example: 42 }),
    is_finished: z.boolean().meta({ description: 'From 95 % on' }),
    watched_at: z.iso.datetime(),
  })
  .meta({ id: 'Progress' });
export type ProgressDto = z.output<typeof ProgressSchema>;

export const MineSchema = z
  .object({
    liked: z.boolean(),
    stars: z.int().min(1).max(5).nullable().meta({ example: 4 }),
    in_list: z.boolean(),
    // Written out: OpenAPI 3.0 has no reference that may be null.
    progress: z.object(ProgressSchema.shape).nullable(),
  })
  .meta({ id: 'Mine' });
export type MineDto = z.output<typeof MineSchema>;

export const WatchedPageSchema = z
  .object({
    entries: z.array(z.object({ video: VideoSchema, progress: ProgressSchema })),
    ...PageSchemaShape,
  })
  .meta({ id: 'WatchedPage' });

export const ListPageSchema = z
  .object({
    entries: z.array(z.object({ video: VideoSchema, added_at: z.iso.datetime() })),
    ...PageSchemaShape,
  })
  .meta({ id: 'ListPage' });

/** How far somebody is, in a film of that length. */
interface Position {
  positionSeconds: number;
  durationSeconds: number | null;
  watchedAt: Date;
}

export function toProgressDto({
  positionSeconds,
  durationSeconds,
  watchedAt,
}: Position): ProgressDto {
  return {
    position_seconds: positionSeconds,
    percent: percentWatched(positionSeconds, durationSeconds),
    is_finished: isFinished(positionSeconds, durationSeconds),
    watched_at: watchedAt.toISOString(),
  };
}
