import { z } from 'zod';
import { VIDEO_STATUSES } from './video-status.js';
import { STAGES, VISIBILITIES } from './video.entity.js';

export const GenreSchema = z.object({
  slug: z.string().meta({ example: 'nature' }),
  name: z.string().meta({ example: 'Nature' }),
});

export const VideoSchema = z
  .object({
    id: z.uuid().meta({ example: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01' }),
    number: z.int().meta({ example: 7, description: 'Small id for older clients' }),
    title: z.string().meta({ example: 'Tidewater' }),
    description: z.string().meta({ example: 'A day at the edge of the sea.' }),
    genres: z.array(GenreSchema),
    language: z.string().nullable().meta({ example: 'en' }),
    tags: z.array(z.string()),
    visibility: z.enum(VISIBILITIES),
    status: z.enum(VIDEO_STATUSES),
    playable: z.boolean(),
    progress_percent: z.int().min(0).max(100),
    duration_seconds: z.number().nullable().meta({ example: 14.5 }),
    thumbnail_url: z.string().nullable(),
    poster_url: z.string().nullable(),
    preview_url: z
      .string()
      .nullable()
      .meta({ description: 'Three silent seconds (MP4), once the video has been encoded' }),
    series: z
      .object({
        id: z.uuid(),
        title: z.string().meta({ example: 'Coasts of the World' }),
        season_number: z.int().min(0).meta({ example: 1 }),
        episode_number: z.int().min(0).meta({ example: 3 }),
      })
      .nullable()
      .meta({ description: 'Where the video is an episode' }),
    views: z.int().min(0).meta({ example: 1204 }),
    likes: z.int().min(0).meta({ example: 87 }),
    rating: z.number().nullable().meta({
      example: 4.25,
      description: 'Mean number of stars, 1 to 5; `null` before the first',
    }),
    uploaded_by: z
      .object({ id: z.uuid(), name: z.string() })
      .nullable()
      .meta({ description: '`null` for demo guests, who do not see other people' }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Video' });
export type VideoDto = z.output<typeof VideoSchema>;

export const GenresSchema = z
  .object({ genres: z.array(GenreSchema.extend({ video_count: z.int() })) })
  .meta({ id: 'Genres' });

export const VideoStatusSchema = z
  .object({
    id: z.uuid(),
    status: z.enum(VIDEO_STATUSES),
    playable: z.boolean(),
    progress: z.object({
      percent: z.int().min(0).max(100),
      stage: z.enum(STAGES),
      eta_seconds: z
        .int()
        .nullable()
        .meta({ example: 42, description: 'Until the encoding ends, as far as its pace tells' }),
      queue_position: z.int().min(0).nullable().meta({
        example: 3,
        description: 'How many jobs come before the one this video waits for; 0 is the next',
      }),
    }),
    renditions: z.array(
      z.object({
        name: z.string().meta({ example: 'v720p' }),
        status: z.enum(['pending', 'encoding', 'ready', 'failed']),
      }),
    ),
    error: z
      .object({ code: z.string(), detail: z.string(), log_tail: z.array(z.string()) })
      .nullable(),
  })
  .meta({ id: 'VideoStatus' });
export type VideoStatusDto = z.output<typeof VideoStatusSchema>;

export const VideoMetadataSchema = z
  .object({
    id: z.uuid(),
    filename: z.string().meta({ example: 'holiday.mp4' }),
    upload_time: z.iso.datetime(),
    status: z.enum(VIDEO_STATUSES),
    duration: z.string().nullable().meta({ example: '00:01:30' }),
    duration_seconds: z.number().nullable().meta({ example: 90 }),
    thumbnail_url: z.string().nullable(),
    resolution: z.string().nullable().meta({ example: '1920x1080' }),
    fps: z.number().nullable().meta({ example: 25 }),
    codec: z.string().nullable().meta({ example: 'h264' }),
    size_bytes: z.int().meta({ example: 1048576 }),
  })
  .meta({ id: 'VideoMetadata' });
export type VideoMetadataDto = z.output<typeof VideoMetadataSchema>;
