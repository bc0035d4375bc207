import { z } from 'zod';
import { FlagSchema } from '../../common/flag.js';
import { UuidSchema } from '../../common/ids.js';
import { PageQueryShape } from '../../common/pagination.js';
import { plainText } from '../sources/source-library.dto.js';
import { GenreSchema, VideoSchema } from '../video.dto.js';
import { VIDEO_STATUSES } from '../video-status.js';
import { VISIBILITIES } from '../video.entity.js';
import { MAXIMUM_DEPTH } from './depth.js';

const SORT_KEYS = [
  'created_at',
  'updated_at',
  'title',
  'duration',
  'views',
  'rating',
  'relevance',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** Of query languages, as far as they are not to be met with in titles, such as `&`, `|`, `!` and `*` are. */
const OPERATORS = /<(-|\d+)>|:\*|&&|\|\|/;

/** A day begins at midnight UTC. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], 'is not a date or time in ISO 8601')
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() > 0, 'is not a date or time in ISO 8601')
  .optional();

export const VideoListQuerySchema = z
  .strictObject({
    page: PageQueryShape.page.unwrap().optional().meta({
      description: 'Page, from 1; not together with `cursor`',
      example: 1,
    }),
    page_size: PageQueryShape.page_size,
    cursor: z.string().min(1).max(2000).optional().meta({
      description: '`next_cursor` of an answer to the same query: goes on where that one ended',
    }),
    search: plainText(200)
      .regex(/[\p{L}\p{N}]/u, 'has neither a letter nor a digit')
      .refine((text) => !OPERATORS.test(text), 'has operators: a search is of words alone')
      .optional()
      .meta({
        description:
          'Words of titles, descriptions and tags, in English or German, the last one perhaps not finished; ' +
          'where few are found, titles that look alike are found too',
      }),
    genre: plainText(60).optional().meta({ description: 'Slug of a genre' }),
    tag: plainText(60).optional().meta({ description: 'One of the tags, as it is written' }),
    series: UuidSchema.optional().meta({ description: 'Id of a series' }),
    language: plainText(35).optional().meta({ description: 'BCP 47 tag' }),
    uploaded_by: UuidSchema.optional().meta({ description: 'Id of a user' }),
    uploaded_after: moment.meta({ description: 'Date or time (ISO 8601)', example: '2026-01-31' }),
    updated_after: moment.meta({ description: 'Date or time (ISO 8601)', example: '2026-01-31' }),
    visibility: z.enum(VISIBILITIES).optional().meta({
      description: 'Those that are not `PUBLIC`: of my own videos; for staff, of everybody’s',
    }),
    status: z.enum(VIDEO_STATUSES).optional().meta({
      description: '`failed` and `cancelled`: of my own videos; for staff, of everybody’s',
    }),
    mine: FlagSchema.prefault('false').meta({
      description: 'Only my own videos, whatever their visibility',
    }),
    sort_by: z.enum(SORT_KEYS).optional().meta({
      description: '`relevance` where there is a `search`, else `created_at`',
    }),
    sort_order: z.enum(['asc', 'desc']).default('desc'),
  })
  .superRefine(({ page, page_size: size, cursor, search, sort_by: sortBy }, context) => {
    const refuse = (field: string, message: string) => {
      context.addIssue({ code: 'custom', path: [field], message });
    };
    if (sortBy === 'relevance' && search === undefined) {
      refuse('sort_by', 'relevance needs a search');
    }
    if (page !== undefined && cursor !== undefined) refuse('page', 'does not go with a cursor');
    if ((page ?? 1) * size > MAXIMUM_DEPTH) {
      refuse('page', `lies behind the first ${MAXIMUM_DEPTH} videos: go on with a cursor`);
    }
  });
export type VideoListQuery = z.output<typeof VideoListQuerySchema>;

export const VideoPageSchema = z
  .object({
    videos: z.array(VideoSchema),
    total_count: z.int().nullable().meta({
      example: 1,
      description: 'No more than it is cheap to count; `null` where a cursor was given',
    }),
    total_is_exact: z.boolean().meta({
      example: true,
      description: '`false` where there may be more than `total_count`',
    }),
    page: z.int().nullable().meta({ example: 1 }),
    page_size: z.int().meta({ example: 20 }),
    total_pages: z.int().nullable().meta({ example: 1 }),
    has_more: z.boolean().meta({ example: false }),
    next_cursor: z.string().nullable().meta({ description: '`null` at the end' }),
  })
  .meta({ id: 'VideoPage' });

const limit = (fallback: number) =>
  z.coerce.number().int().min(1).max(50).default(fallback).meta({ example: fallback });

export const RecentVideosQuerySchema = z.strictObject({
  limit: limit(5),
  exclude_id: UuidSchema.optional().meta({ description: 'Id of a video to leave out' }),
});
export type RecentVideosQuery = z.output<typeof RecentVideosQuerySchema>;

export const ShelfQuerySchema = z.strictObject({ limit: limit(20) });
export type ShelfQuery = z.output<typeof ShelfQuerySchema>;

export const ByGenreQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(20).default(10).meta({
    description: 'Videos of each genre',
    example: 10,
  }),
});
export type ByGenreQuery = z.output<typeof ByGenreQuerySchema>;

export const ShelfSchema = z.object({ videos: z.array(VideoSchema) }).meta({ id: 'Shelf' });

export const GenreShelvesSchema = z
  .object({ genres: z.array(GenreSchema.extend({ videos: z.array(VideoSchema) })) })
  .meta({ id: 'GenreShelves' });
