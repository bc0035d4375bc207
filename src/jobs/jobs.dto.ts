import { z } from 'zod';
import { plainText } from '../catalogue/sources/source-library.dto.js';
import type { JobWithVideo } from '../catalogue/sources/reuse-jobs.service.js';
import { VIDEO_STATUSES } from '../catalogue/video-status.js';
import { UuidSchema } from '../common/ids.js';
import { PageQueryShape, PageSchemaShape } from '../common/pagination.js';

/** About the words of ten hours; a request holds no more. */
const MAX_TRANSCRIPT_CHARACTERS = 500_000;

export const NewJobSchema = z
  .strictObject({
    video_upload_id: UuidSchema.nullish().meta({
      description: 'An upload of mine that is complete; either this or `s3_video_id`',
    }),
    s3_video_id: UuidSchema.nullish().meta({
      description: 'A video of mine, such as one of the S3 library',
    }),
    title: plainText(200)
      .trim()
      .transform((title) => title || undefined)
      .nullish()
      .meta({ description: "The other video's title unless given" }),
    transcript_text: plainText(MAX_TRANSCRIPT_CHARACTERS).nullish().meta({
      description: 'What is said in the film; kept with the job',
    }),
    transcript_upload_id: UuidSchema.nullish().meta({
      description: 'Subtitles that I uploaded, to be the transcript in place of a text',
    }),
  })
  .meta({ id: 'NewJob' });
export type NewJob = z.output<typeof NewJobSchema>;

export const JobListQuerySchema = z.strictObject(PageQueryShape);
export type JobListQuery = z.output<typeof JobListQuerySchema>;

export const JobSchema = z
  .object({
    id: z.uuid().meta({ description: 'The id of the video that the job makes' }),
    status: z.enum(VIDEO_STATUSES),
    playable: z.boolean(),
    progress_percent: z.int().min(0).max(100),
    title: z.string().meta({ example: 'Tidewater' }),
    filename: z.string().meta({ example: 'holiday.mp4' }),
    source_video_id: z
      .uuid()
      .nullable()
      .meta({ description: 'The video whose file it is made from; `null` once that is gone' }),
    s3_key: z.string().nullable().meta({ description: '`null` when the file was of no use' }),
    transcript_text: z.string().nullable(),
    transcript_upload_id: z.uuid().nullable(),
    error: z.object({ code: z.string(), detail: z.string() }).nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Job' });
export type JobDto = z.output<typeof JobSchema>;

export const JobPageSchema = z
  .object({ jobs: z.array(JobSchema), ...PageSchemaShape })
  .meta({ id: 'JobPage' });

export function toJobDto({ video, ...job }: JobWithVideo): JobDto {
  return {
    id: video.id,
    status: video.status,
    playable: video.playable,
    progress_percent: video.progressPercent,
    title: video.title,
    filename: video.originalFilename,
    source_video_id: video.sourceVideoId,
    s3_key: video.sourceKey,
    transcript_text: job.transcriptText,
    transcript_upload_id: job.transcriptUploadId,
    error: video.errorCode ? { code: video.errorCode, detail: video.errorDetail ?? '' } : null,
    created_at: job.createdAt.toISOString(),
    updated_at: video.updatedAt.toISOString(),
  };
}
