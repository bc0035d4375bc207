import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { PlaybackCounts } from './playback-counts.js';

/** The counts of one day, `YYYY-MM-DD` in UTC. */
export interface DayOfPlayback extends PlaybackCounts {
  day: string;
}

/** All SQL about how playback goes: one row for each video and day. */
@Injectable()
export class QualityRepository {
  constructor(private readonly database: DataSource) {}

  /** Adds to today's counts, by video; videos that are gone are left out. */
  async add(counts: ReadonlyMap<string, PlaybackCounts>): Promise<void> {
    const rows = [...counts].map(([videoId, count]) => ({ videoId, ...count }));
    await this.database.query(
      `INSERT INTO playback_quality AS quality (video_id, day, sessions, startups, stalls,
         stall_seconds, switches, watched_seconds, errors)
       SELECT added."videoId", (now() AT TIME ZONE 'UTC')::date, added.sessions, added.startups,
         added.stalls, added."stallSeconds", added.switches, added."watchedSeconds", added.errors
       FROM jsonb_to_recordset($1::jsonb) AS added ("videoId" uuid, sessions integer, startups jsonb,
         stalls integer, "stallSeconds" double precision, switches integer,
         "watchedSeconds" double precision, errors jsonb)
       WHERE EXISTS (SELECT 1 FROM videos WHERE id = added."videoId")
       ORDER BY added."videoId"
       ON CONFLICT (video_id, day) DO UPDATE SET
         sessions = quality.sessions + excluded.sessions,
         startups = add_counts(quality.startups, excluded.startups),
         stalls = quality.stalls + excluded.stalls,
         stall_seconds = quality.stall_seconds + excluded.stall_seconds,
         switches = quality.switches + excluded.switches,
         watched_seconds = quality.watched_seconds + excluded.watched_seconds,
         errors = add_counts(quality.errors, excluded.errors)`,
      [JSON.stringify(rows)],
    );
  }

  /** The last days on which somebody watched, the newest first. */
  async findDays(videoId: string, days: number): Promise<DayOfPlayback[]> {
    return this.database.query<DayOfPlayback[]>(
      `SELECT day::text, sessions, startups, stalls, stall_seconds AS "stallSeconds", switches,
         watched_seconds AS "watchedSeconds", errors
       FROM playback_quality
       WHERE video_id = $1 AND day > (now() AT TIME ZONE 'UTC')::date - $2::integer
       ORDER BY day DESC`,
      [videoId, days],
    );
  }

  /** Returns how many days of videos. */
  async removeBefore(moment: Date): Promise<number> {
    const [, affected] = await this.database.query<[unknown, number]>(
      "DELETE FROM playback_quality WHERE day < ($1::timestamptz AT TIME ZONE 'UTC')::date",
      [moment],
    );
    return affected;
  }
}
