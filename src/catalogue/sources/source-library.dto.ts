import { z } from 'zod';
import { PageQueryShape, PageSchemaShape } from '../../common/pagination.js';

/** PostgreSQL keeps no NUL in a text. */
export const plainText = (maximum: number) =>
  z
    .string()
    .max(maximum)
    .refine((text) => !text.includes('\0'), 'holds a character that no text may hold');

export const SourceListQuerySchema = z.strictObject({
  page: PageQueryShape.page,
  page_size: z.coerce.number().int().min(1).max(50).default(10).meta({
    description: 'Entries of a page',
    example: 10,
  }),
  search: plainText(200).optional().meta({ description: 'Part of a file name' }),
  sort_by: z
    .enum(['created_at', 'updated_at', 'filename', 'original_filename', 'file_size', 'duration'])
    .default('created_at'),
  sort_order: z.enum(['asc', 'desc']).default('desc'),
});
export type SourceListQuery = z.output<typeof SourceListQuerySchema>;

export const RecentQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(20).default(5).meta({ example: 5 }),
});
export type RecentQuery = z.output<typeof RecentQuerySchema>;

const EXAMPLE_KEY =
  'uploads/users/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a02/videos/1704123456000_my_video.mp4';

/** `{s3_key}` of a route. */
export const SourceKeyParam = plainText(1024).meta({
  description: 'Key of the object, with its slashes as they are or as `%2F`',
  example: EXAMPLE_KEY,
});

export const LibraryVideoSchema = z
  .object({
    id: z.uuid().meta({ example: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01' }),
    filename: z.string().meta({ example: 'my_video.mp4' }),
    original_filename: z.string().meta({ example: 'My Video.mp4' }),
    s3_key: z.string().meta({ example: EXAMPLE_KEY }),
    s3_url: z.string().meta({
      example: '/media/AZfxonwefVGipm9fOwyaAQ/source/my_video.mp4',
      description: 'The uploaded file, for its owner, for some hours',
    }),
    content_type: z.string().meta({ example: 'video/mp4' }),
    file_size: z.int().meta({ example: 15_728_640, description: 'Bytes' }),
    duration: z.number().nullable().meta({ example: 45.5, description: 'Seconds' }),
    thumbnail_url: z.string().nullable(),
    uploaded_at: z.iso.datetime(),
    metadata: z
      .object({
        resolution: z.string().meta({ example: '1920x1080' }),
        fps: z.number().nullable().meta({ example: 30 }),
        codec: z.string().meta({ example: 'h264' }),
      })
      .nullable()
      .meta({ description: '`null` until somebody has looked into the file' }),
  })
  .meta({ id: 'LibraryVideo' });
export type LibraryVideoDto = z.output<typeof LibraryVideoSchema>;

export const LibraryPageSchema = z
  .object({ videos: z.array(LibraryVideoSchema), ...PageSchemaShape })
  .meta({ id: 'LibraryPage' });

export const RecentSourcesSchema = z
  .object({ videos: z.array(LibraryVideoSchema) })
  .meta({ id: 'RecentSources' });
