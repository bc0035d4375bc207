import { randomUUID } from 'node:crypto';
import type { TestApp } from './app.js';
import { query } from './database.js';
import type { Person } from './people.js';

export interface Film {
  seconds?: number | null;
  visibility?: 'PUBLIC' | 'UNLISTED' | 'PRIVATE';
  playable?: boolean;
}

/** A film as far as the database knows; nobody has to encode an hour for it. */
export async function makeFilm(
  { databaseUrl }: TestApp,
  owner: Person,
  { seconds = 1000, visibility = 'PUBLIC', playable = true }: Film = {},
): Promise<string> {
  const id = randomUUID();
  await query(
    databaseUrl,
    `INSERT INTO videos (id, owner_id, title, status, playable, visibility, duration_seconds,
       original_filename, source_size_bytes)
     VALUES ($1, $2, 'A film', 'ready', $3, $4, $5, 'film.mp4', 1)`,
    [id, owner.id, playable, visibility, seconds],
  );
  await query(
    databaseUrl,
    `INSERT INTO revisions (id, video_id, status) VALUES (gen_random_uuid(), $1, 'published')`,
    [id],
  );
  return id;
}

/** What is counted beside a video. */
export interface Stats {
  views: number;
  likes: number;
  rating_count: number;
  rating_sum: number;
  trend: number;
}

export async function statsOf({ databaseUrl }: TestApp, videoId: string): Promise<Stats> {
  const [stats] = await query<Stats>(
    databaseUrl,
    `SELECT views::integer, likes, rating_count, rating_sum, trend
     FROM video_stats WHERE video_id = $1`,
    [videoId],
  );
  if (!stats) throw new Error(`nothing is counted of ${videoId}`);
  return stats;
}
