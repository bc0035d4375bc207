import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { GenresService } from '../../src/catalogue/genres.service.js';
import { IntakeService, type NewVideo } from '../../src/catalogue/intake.service.js';
import type { TestApp } from './app.js';

/** Columns that no upload sets. */
export interface Facts {
  status?: string;
  durationSeconds?: number | null;
  createdAt?: string;
  updatedAt?: string;
  views?: number;
  stars?: readonly number[];
  trend?: number;
}

/** Adds a video as an upload does, without its file, and then what is to be known of it. */
export async function addVideo(
  { app }: TestApp,
  ownerId: string,
  video: Partial<NewVideo> & { genres?: readonly string[] } = {},
  facts: Facts = {},
): Promise<string> {
  const { genres = [], ...columns } = video;
  const { id } = await app.get(IntakeService).create(
    {
      ...{ id: randomUUID(), ownerId, title: 'Film', description: '', language: null, tags: [] },
      ...{ visibility: 'PUBLIC', originalFilename: 'film.mp4', sourceKey: null },
      ...{ sourceSizeBytes: 1234, sourceSha256: null },
      ...columns,
    },
    genres,
    randomUUID(),
  );
  const rows = app.get(DataSource);
  const { status = 'ready', durationSeconds = 60, createdAt, updatedAt } = facts;
  await rows.query(
    `UPDATE videos SET status = $2, playable = $2 = 'ready', duration_seconds = $3,
       created_at = coalesce($4, created_at), updated_at = coalesce($5, $4, updated_at)
     WHERE id = $1`,
    [id, status, durationSeconds, createdAt, updatedAt],
  );
  const { views = 0, stars = [], trend = 0 } = facts;
  const sum = stars.reduce((total, star) => total + star, 0);
  await rows.query(
    `UPDATE video_stats SET views = $2, rating_count = $3, rating_sum = $4, trend = $5
     WHERE video_id = $1`,
    [id, views, stars.length, sum, trend],
  );
  return id;
}

/** `nature` becomes the genre Nature. */
export async function addGenres({ app }: TestApp, ...slugs: string[]): Promise<void> {
  const genres = slugs.map((slug) => ({
    slug,
    name: slug.charAt(0).toUpperCase() + slug.slice(1),
  }));
  await app.get(GenresService).ensure(genres);
}

export async function emptyCatalogue({ app }: TestApp): Promise<void> {
  await app
    .get(DataSource)
    .query(
      `DELETE FROM videos; DELETE FROM genres; DELETE FROM series; SELECT nextval('catalogue_generation')`,
    );
}
