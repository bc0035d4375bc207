import { create } from 'xmlbuilder2';
import { z } from 'zod';

const TemplateSchema = z.object({
  '@initialization': z.string(),
  '@media': z.string(),
  '@startNumber': z.coerce.number().int(),
  SegmentTimeline: z.tuple([
    z.object({ S: z.array(z.object({ '@r': z.coerce.number().int().nonnegative().default(0) })) }),
  ]),
});

const MpdSchema = z.object({
  MPD: z.tuple([z.object({ Period: z.array(periodSchema()) })]),
});

/**
 * Every file an MPD of ours names, relative to it, as a player works it out from the templates and
 * their timelines (ISO/IEC 23009-1 5.3.9.4.4).
 * @throws Error when the text is no XML, or no MPD as we write it
 */
export function mpdFiles(text: string): string[] {
  const mpd = MpdSchema.parse(create(text).end({ format: 'object', verbose: true }));
  return mpd.MPD[0].Period.flatMap((period) => period.AdaptationSet)
    .flatMap((set) => set.Representation)
    .flatMap(({ BaseURL = [], SegmentTemplate = [] }) => [
      ...BaseURL,
      ...SegmentTemplate.flatMap(templateFiles),
    ]);
}

/** A representation is one file, or has its segments by a template. */
function periodSchema() {
  const representation = z.union([
    z.object({
      BaseURL: z.array(z.string()).length(1),
      SegmentTemplate: z.never().optional(),
    }),
    z.object({
      BaseURL: z.never().optional(),
      SegmentTemplate: z.array(TemplateSchema).length(1),
    }),
  ]);
  return z.object({
    AdaptationSet: z.array(z.object({ Representation: z.array(representation) })),
  });
}

function templateFiles(template: z.infer<typeof TemplateSchema>): string[] {
  const segments = template.SegmentTimeline[0].S.reduce((sum, { '@r': r }) => sum + 1 + r, 0);
  const numbers = Array.from({ length: segments }, (_, at) => template['@startNumber'] + at);
  return [
    template['@initialization'],
    ...numbers.map((number) =>
      template['@media'].replace(/\$Number%0(\d+)d\$/, (_, width: string) =>
        `${number}`.padStart(Number(width), '0'),
      ),
    ),
  ];
}
