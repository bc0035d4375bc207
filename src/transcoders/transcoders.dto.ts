import { z } from 'zod';
import type { VideoStatus } from '../catalogue/video-status.js';
import { VISIBILITIES } from '../catalogue/video.entity.js';
import type { Work } from '../catalogue/processing.service.js';
import type { Rendition } from '../catalogue/rendition.entity.js';
import { outputKey, outputPrefix } from '../media/object-keys.js';
import { PLAYLIST_FILE } from '../media/output-files.js';

/** What transcoders call the states of a video; on their routes alone. */
const TRANSCODER_STATUSES = ['IN_PROGRESS', 'COMPLETED', 'FAILED'] as const;
export type TranscoderStatus = (typeof TRANSCODER_STATUSES)[number];

const STATUS_NAMES: Readonly<Record<VideoStatus, TranscoderStatus>> = {
  pending: 'IN_PROGRESS',
  processing: 'IN_PROGRESS',
  ready: 'COMPLETED',
  failed: 'FAILED',
  cancelled: 'FAILED',
};

export const SourceKeySchema = z.string().min(1).max(1024).meta({
  description: 'Key of the source, with its slashes or with %2F for them',
  example: 'uploads/users/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01/videos/1764100000000_holiday.mp4',
});

export const StatusQuerySchema = z.strictObject({ status: z.enum(TRANSCODER_STATUSES) });
export type StatusQuery = z.output<typeof StatusQuerySchema>;

export const NewRenditionsSchema = z
  .strictObject({
    renditions: z
      .array(
        z.strictObject({
          playlist_key: z.string().max(1024).meta({
            description: '`{output_prefix}{folder}/index.m3u8`, a folder for each rendition',
            example:
              'videos/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01/5b0c3f0e-6d3c-4b57-9d0c-6f7a2c1d9f11/v720p/index.m3u8',
          }),
          language: z
            .string()
            .max(35)
            .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'is not a BCP 47 tag')
            .optional()
            .meta({ description: 'Of sound', example: 'en' }),
        }),
      )
      .min(1)
      .max(32),
  })
  .meta({ id: 'NewRenditions' });
export type NewRenditions = z.output<typeof NewRenditionsSchema>;

export const TranscodedVideoSchema = z
  .object({
    id: z.uuid(),
    title: z.string(),
    description: z.string(),
    video_s3_key: z.string().nullable().meta({ description: 'Key of the source' }),
    visibility: z.enum(VISIBILITIES),
    processing_status: z.enum(TRANSCODER_STATUSES),
    output_prefix: z.string().nullable().meta({
      description: 'Where the renditions go; unset unless a transcoder has taken the video',
      example: 'videos/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01/5b0c3f0e-6d3c-4b57-9d0c-6f7a2c1d9f11/',
    }),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'TranscodedVideo' });

export const TranscodedRenditionsSchema = z
  .object({
    renditions: z.array(
      z.object({
        playlist_key: z.string(),
        kind: z.enum(['video', 'audio']),
        width: z.int().nullable(),
        height: z.int().nullable(),
        language: z.string().nullable(),
        codecs: z.string().nullable().meta({ description: 'RFC 6381', example: 'avc1.64001f' }),
        duration_seconds: z.number().nullable(),
        size_bytes: z.int().nullable(),
        peak_bandwidth_bps: z.int().nullable(),
        average_bandwidth_bps: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'TranscodedRenditions' });

export function toTranscodedVideoDto(
  { video, revision }: Work,
  isTaken: boolean,
): z.output<typeof TranscodedVideoSchema> {
  return {
    id: video.id,
    title: video.title,
    description: video.description,
    video_s3_key: video.sourceKey,
    visibility: video.visibility,
    processing_status: STATUS_NAMES[video.status],
    output_prefix: isTaken ? outputPrefix(video.id, revision.id) : null,
    created_at: video.createdAt.toISOString(),
    updated_at: video.updatedAt.toISOString(),
  };
}

export function toTranscodedRenditionsDto(
  { video, revision }: Work,
  renditions: readonly Rendition[],
): z.output<typeof TranscodedRenditionsSchema> {
  return {
    renditions: renditions.map((rendition) => ({
      playlist_key: outputKey(video.id, revision.id, `${rendition.name}/${PLAYLIST_FILE}`),
      kind: rendition.kind,
      width: rendition.width,
      height: rendition.height,
      language: rendition.language,
      codecs: rendition.codecs,
      duration_seconds: rendition.durationSeconds,
      size_bytes: rendition.sizeBytes,
      peak_bandwidth_bps: rendition.peakBandwidthBps,
      average_bandwidth_bps: rendition.averageBandwidthBps,
    })),
  };
}
