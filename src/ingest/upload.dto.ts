import { z } from 'zod';
import { VIDEO_STATUSES } from '../catalogue/video-status.js';
import { VISIBILITIES } from '../catalogue/video.entity.js';
import { FlagSchema } from '../common/flag.js';

/** A list sent as repeated fields or as one comma-separated field. */
const list = z
  .union([z.string(), z.array(z.string())])
  .transform((value) =>
    [value]
      .flat()
      .flatMap((entry) => entry.split(','))
      .map((entry) => entry.trim())
      .filter((entry) => entry !== ''),
  )
  .pipe(z.array(z.string().max(60)).max(20))
  .prefault([]);

/** An empty form field is one that was not filled in. */
const optionalText = (maximum: number) =>
  z
    .string()
    .trim()
    .max(maximum)
    .transform((value) => value || undefined)
    .optional();

/** The fields beside the file in an upload form. */
export const UploadFieldsSchema = z.strictObject({
  title: optionalText(200),
  description: optionalText(10_000),
  genres: list,
  tags: list,
  language: z
    .union([
      z.literal(''),
      z
        .string()
        .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'is not a BCP 47 tag')
        .max(35),
    ])
    .transform((value) => value || undefined)
    .optional(),
  visibility: z.enum(VISIBILITIES).default('PUBLIC'),
  allow_duplicate: FlagSchema.default(false),
});
export type UploadFields = z.output<typeof UploadFieldsSchema>;

export const UploadedSchema = z
  .object({
    id: z.uuid(),
    number: z.int().meta({ example: 7 }),
    filename: z.string().meta({ example: 'holiday.mp4' }),
    status: z.enum(VIDEO_STATUSES),
    message: z.string().meta({ example: 'Video uploaded. Processing has started.' }),
  })
  .meta({ id: 'Uploaded' });
export type UploadedDto = z.output<typeof UploadedSchema>;
