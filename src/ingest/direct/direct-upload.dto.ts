import { z } from 'zod';
import { VISIBILITIES } from '../../catalogue/video.entity.js';
import { MAX_PARTS } from './upload-parts.js';

/** Bytes that a picture may have. */
export const THUMBNAIL_LIMIT = 10 * 1024 ** 2;

/** Types that are sent to our own addresses as they are; none that a page of another origin may send unasked. */
export const OBJECT_TYPE =
  /^(video\/[a-z0-9][a-z0-9.+-]{0,80}|image\/(jpeg|png|webp)|application\/(octet-stream|mp4|mxf|ogg|x-matroska))$/;

const key = z
  .string()
  .min(1)
  .max(1024)
  .meta({ example: 'uploads/users/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01/videos/1_holiday.mp4' });

const filename = z.string().trim().min(1).max(255).meta({ example: 'holiday.mp4' });

const contentType = z
  .string()
  .regex(OBJECT_TYPE, 'is not a type of video')
  .refine((type) => !type.startsWith('image/'), 'is not a type of video')
  .meta({ example: 'video/mp4', description: 'Unknown ones go as `application/octet-stream`' });

const sha256 = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, 'is not a SHA-256 in hex')
  .transform((hex) => hex.toLowerCase());

export const VideoUploadRequestSchema = z
  .strictObject({
    filename: filename.optional(),
    content_type: contentType.optional(),
    size: z.int().positive().optional().meta({ description: 'Bytes', example: 52428800 }),
    sha256: sha256.optional().meta({
      description: 'Of the file, in hex; a file below 100 MiB with other bytes is refused',
    }),
    s3_key: key.optional().meta({ description: 'Of an upload that has begun: fresh addresses' }),
  })
  .meta({ id: 'VideoUploadRequest' });
export type VideoUploadRequest = z.output<typeof VideoUploadRequestSchema>;

export const ThumbnailUploadRequestSchema = z
  .strictObject({
    filename,
    content_type: z.enum(['image/jpeg', 'image/png', 'image/webp']),
    size: z.int().positive().meta({ description: 'Bytes', example: 204800 }),
  })
  .meta({ id: 'ThumbnailUploadRequest' });
export type ThumbnailUploadRequest = z.output<typeof ThumbnailUploadRequestSchema>;

const headers = z
  .record(z.string(), z.string())
  .meta({ description: 'To be sent exactly so', example: { 'content-type': 'video/mp4' } });

export const UploadAddressSchema = z
  .object({
    upload_url: z
      .string()
      .nullable()
      .meta({ description: 'Null where the file comes in parts, each with an address of its own' }),
    s3_key: key,
    method: z.literal('PUT'),
    headers,
    expires_in: z.int().meta({ description: 'Seconds', example: 3600 }),
    upload_id: z.string().optional(),
    part_size: z.int().optional().meta({ description: 'Bytes of each part but the last' }),
    parts: z.array(z.object({ part_number: z.int(), upload_url: z.string(), headers })).optional(),
  })
  .meta({ id: 'UploadAddress' });
export type UploadAddressDto = z.output<typeof UploadAddressSchema>;

const name = z.string().trim().min(1).max(60);

export const UploadMetadataSchema = z
  .strictObject({
    s3_key: key,
    title: z.string().trim().min(1).max(200).meta({ example: 'Tidewater' }),
    description: z.string().trim().max(10_000).optional(),
    visibility: z.enum(VISIBILITIES).default('PUBLIC'),
    language: z
      .string()
      .max(35)
      .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'is not a BCP 47 tag')
      .optional(),
    genres: z.array(name).max(20).default([]).meta({ description: 'Slugs' }),
    tags: z.array(name).max(20).default([]),
    allow_duplicate: z.boolean().default(false),
    thumbnail_s3_key: key.optional().meta({ description: 'Of a picture that was uploaded for it' }),
    parts: z
      .array(
        z.strictObject({
          part_number: z.int().min(1).max(MAX_PARTS),
          etag: z.string().min(1).max(200).meta({ description: 'As the PUT was answered' }),
        }),
      )
      .max(MAX_PARTS)
      .optional()
      .meta({ description: 'Of a file that came in parts: all of them' }),
  })
  .meta({ id: 'UploadMetadata' });
export type UploadMetadata = z.output<typeof UploadMetadataSchema>;
