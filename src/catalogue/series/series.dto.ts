import { z } from 'zod';
import { PageQueryShape, PageSchemaShape } from '../../common/pagination.js';
import { plainText } from '../sources/source-library.dto.js';
import { VideoSchema } from '../video.dto.js';

const title = plainText(200).trim().min(1).meta({ example: 'Coasts of the World' });
const description = plainText(10_000).trim().meta({ example: 'From cape to cape.' });

export const NewSeriesSchema = z.strictObject({ title, description: description.default('') });
export type NewSeries = z.output<typeof NewSeriesSchema>;

export const SeriesChangesSchema = z.strictObject({
  title: title.optional(),
  description: description.optional(),
});
export type SeriesChanges = z.output<typeof SeriesChangesSchema>;

export const SeriesListQuerySchema = z.strictObject(PageQueryShape);
export type SeriesListQuery = z.output<typeof SeriesListQuerySchema>;

const SeriesShape = {
  id: z.uuid(),
  title: z.string().meta({ example: 'Coasts of the World' }),
  description: z.string(),
  owned_by_me: z.boolean(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
};

export const SeriesSchema = z.object(SeriesShape).meta({ id: 'Series' });
export type SeriesDto = z.output<typeof SeriesSchema>;

export const SeriesPageSchema = z
  .object({ series: z.array(SeriesSchema), ...PageSchemaShape })
  .meta({ id: 'SeriesPage' });

export const SeriesWithEpisodesSchema = z
  .object({
    ...SeriesShape,
    seasons: z.array(
      z.object({
        season_number: z.int().min(0).meta({ example: 1 }),
        episodes: z.array(VideoSchema).meta({ description: 'In their order' }),
      }),
    ),
  })
  .meta({ id: 'SeriesWithEpisodes' });
