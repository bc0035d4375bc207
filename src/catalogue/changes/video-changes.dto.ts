import { z } from 'zod';
import { UuidSchema } from '../../common/ids.js';
import { plainText } from '../sources/source-library.dto.js';
import { VISIBILITIES } from '../video.entity.js';

const label = plainText(60).trim().min(1);
const number = z.int().min(0).max(100_000);

/** What is left out stays as it is. */
export const VideoChangesSchema = z.strictObject({
  title: plainText(200).trim().min(1).optional().meta({ example: 'Tidewater' }),
  description: plainText(10_000).trim().optional(),
  genres: z
    .array(label)
    .max(20)
    .optional()
    .meta({ description: 'Slugs', example: ['nature'] }),
  tags: z
    .array(label)
    .max(20)
    .optional()
    .meta({ example: ['sea'] }),
  language: z
    .string()
    .regex(/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/, 'is not a BCP 47 tag')
    .max(35)
    .nullable()
    .optional()
    .meta({ example: 'en' }),
  visibility: z.enum(VISIBILITIES).optional(),
  series_id: UuidSchema.nullable().optional().meta({
    description: 'A series of mine, of which the video becomes an episode; `null`: of none',
  }),
  season_number: number.optional().meta({ description: '1 unless said; 0 for specials' }),
  episode_number: number.optional().meta({ description: 'Behind the last one unless said' }),
});
export type VideoChanges = z.output<typeof VideoChangesSchema>;
