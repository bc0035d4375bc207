import { z } from 'zod';

/** Intl reads extensions and grandfathered tags too; what it cannot read is no language. */
const language = z.string().transform((value, context) => {
  try {
    const tag = value.length <= 35 ? Intl.getCanonicalLocales(value)[0] : undefined;
    if (tag !== undefined) return tag;
  } catch {
    // Told below.
  }
  context.addIssue('is not a BCP 47 tag');
  return z.NEVER;
});

/** The fields beside the file in the form of an upload. */
export const SubtitleFieldsSchema = z.strictObject({
  language,
  label: z
    .string()
    .trim()
    .max(100)
    .transform((value) => value || undefined)
    .optional(),
  offset_seconds: z
    .string()
    .trim()
    .regex(/^[+-]?\d{1,4}(\.\d{1,6})?$/, 'is not a number of seconds')
    .transform(Number)
    .pipe(z.number().min(-3600).max(3600))
    .default(0),
});
export type SubtitleFields = z.output<typeof SubtitleFieldsSchema>;

export const SubtitleSchema = z
  .object({
    id: z.uuid(),
    language: z.string().meta({ description: 'BCP 47; `und` when unknown', example: 'pt-BR' }),
    label: z.string().meta({ example: 'Portuguese' }),
    source: z
      .enum(['embedded', 'uploaded'])
      .meta({ description: 'Found in the uploaded video, or uploaded by itself' }),
    url: z.string().meta({
      description: 'WebVTT; the link needs no other sign-in',
      example: '/media/ARl_oaJ8…/subtitles/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01.vtt',
    }),
  })
  .meta({ id: 'Subtitle' });
export type SubtitleDto = z.output<typeof SubtitleSchema>;

export const SubtitleListSchema = z
  .object({ subtitles: z.array(SubtitleSchema) })
  .meta({ id: 'SubtitleList' });
