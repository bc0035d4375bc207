import { z } from 'zod';
import type { VideoStatus } from '../../catalogue/video-status.js';
import { VISIBILITIES } from '../../catalogue/video.entity.js';
import { PageQueryShape, PageSchemaShape } from '../../common/pagination.js';

export const UploadedVideoListQuerySchema = z.strictObject(PageQueryShape);
export type UploadedVideoListQuery = z.output<typeof UploadedVideoListQuerySchema>;

/** The states by the names of clients that upload to the storage. */
const PROCESSING_STATUSES = ['IN_PROGRESS', 'COMPLETED', 'FAILED'] as const;

export const PROCESSING_STATUS_OF: Readonly<
  Record<VideoStatus, (typeof PROCESSING_STATUSES)[number]>
> = {
  pending: 'IN_PROGRESS',
  processing: 'IN_PROGRESS',
  ready: 'COMPLETED',
  failed: 'FAILED',
  cancelled: 'FAILED',
};

export const UploadedVideoSchema = z
  .object({
    id: z.uuid(),
    number: z.int().meta({ example: 7 }),
    title: z.string().meta({ example: 'Tidewater' }),
    description: z.string(),
    visibility: z.enum(VISIBILITIES),
    user_id: z.uuid().nullable().meta({ description: 'Null for demo guests' }),
    s3_key: z.string().nullable().meta({ description: 'Of the source; null in videos of others' }),
    processing_status: z.enum(PROCESSING_STATUSES),
    thumbnail_url: z.string().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'UploadedVideo' });
export type UploadedVideoDto = z.output<typeof UploadedVideoSchema>;

export const UploadedVideoPageSchema = z
  .object({ videos: z.array(UploadedVideoSchema), ...PageSchemaShape })
  .meta({ id: 'UploadedVideoPage' });
