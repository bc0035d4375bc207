import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** After so long, a view weighs half as much in the trend. */
const HALF_LIFE_HOURS = 24;

/** By then a view weighs less than a hundredth, and is forgotten. */
const FORGOTTEN_HOURS = 7 * 24;

// Hours of UTC whatever the session's time zone, so that all processes mean the same ones.
const THIS_HOUR = `date_trunc('hour', now(), 'UTC')`;

/** All SQL about views. Rows of counters are locked in the order of their ids everywhere. */
@Injectable()
export class ViewsRepository {
  constructor(private readonly database: DataSource) {}

  /** Adds views by video; videos that are gone are left out. */
  async add(views: ReadonlyMap<string, number>): Promise<void> {
    await this.database.query(
      `WITH counted AS (
        SELECT * FROM unnest($1::uuid[], $2::integer[]) AS counted (video_id, views)
      ), locked AS (
        SELECT video_id FROM video_stats WHERE video_id = ANY ($1)
        ORDER BY video_id FOR NO KEY UPDATE
      ), added AS (
        INSERT INTO view_hours AS bucket (video_id, hour, views)
        SELECT video_id, ${THIS_HOUR}, counted.views FROM counted JOIN locked USING (video_id)
        ON CONFLICT (video_id, hour) DO UPDATE SET views = bucket.views + excluded.views
      )
      UPDATE video_stats stats SET views = stats.views + counted.views
      FROM counted JOIN locked USING (video_id)
      WHERE stats.video_id = counted.video_id`,
      [[...views.keys()], [...views.values()]],
    );
  }

  /**
   * Weighs the views of the last days anew, and returns of how many videos the trend has changed. Ages
   * are whole hours, so that a video without new views changes once an hour at most.
   */
  async refreshTrends(): Promise<number> {
    const [, changed] = await this.database.query<[unknown, number]>(
      `WITH score AS (
        SELECT video_id, round(sum(views * power(0.5,
          extract(epoch FROM ${THIS_HOUR} - hour) / 3600 / ${HALF_LIFE_HOURS})), 4) AS trend
        FROM view_hours WHERE hour > ${THIS_HOUR} - interval '${FORGOTTEN_HOURS} hours'
        GROUP BY video_id
      ), weighed AS (
        SELECT video_id, trend FROM score
        UNION ALL
        SELECT video_id, 0 FROM video_stats
        WHERE trend > 0 AND video_id NOT IN (SELECT video_id FROM score)
      ), changed AS (
        SELECT stats.video_id, weighed.trend::double precision AS trend
        FROM weighed JOIN video_stats stats USING (video_id)
        WHERE stats.trend <> weighed.trend::double precision
        ORDER BY stats.video_id FOR NO KEY UPDATE OF stats
      )
      UPDATE video_stats stats SET trend = changed.trend
      FROM changed WHERE stats.video_id = changed.video_id`,
    );
    return changed;
  }

  async removeForgotten(): Promise<void> {
    await this.database.query(
      `DELETE FROM view_hours WHERE hour <= ${THIS_HOUR} - interval '${FORGOTTEN_HOURS} hours'`,
    );
  }
}
