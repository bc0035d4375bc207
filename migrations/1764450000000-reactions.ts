import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people make of videos: likes, stars, comments, views, and how well playback went. */
export class Reactions1764450000000 implements MigrationInterface {
  readonly name = 'Reactions1764450000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE reactions (
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        liked_at timestamptz,
        stars smallint CHECK (stars BETWEEN 1 AND 5),
        rated_at timestamptz,
        PRIMARY KEY (user_id, video_id),
        CHECK ((stars IS NULL) = (rated_at IS NULL))
      );
      CREATE INDEX reactions_liked_idx ON reactions (user_id, liked_at DESC, video_id)
        WHERE liked_at IS NOT NULL;
      CREATE INDEX reactions_video_idx ON reactions (video_id);
    `);
    for (const trigger of REACTION_TRIGGERS) await runner.query(trigger);
    await runner.query(`
      CREATE TABLE comments (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        text text NOT NULL,
        status text NOT NULL CHECK (status IN ('published', 'waiting', 'hidden')),
        created_at timestamptz NOT NULL DEFAULT now(),
        edited_at timestamptz
      );
      CREATE INDEX comments_video_idx ON comments (video_id, created_at DESC, id DESC);
      CREATE INDEX comments_user_idx ON comments (user_id);
      CREATE INDEX comments_status_idx ON comments (status, created_at, id);

      ALTER TABLE watch_progress
        ADD COLUMN viewing_seconds double precision NOT NULL DEFAULT 0,
        ADD COLUMN is_viewed boolean NOT NULL DEFAULT false;
      CREATE TABLE view_hours (
        video_id uuid NOT NULL REFERENCES video_stats (video_id) ON DELETE CASCADE,
        hour timestamptz NOT NULL,
        views integer NOT NULL,
        PRIMARY KEY (video_id, hour)
      );
      CREATE INDEX view_hours_hour_idx ON view_hours (hour);

      CREATE FUNCTION add_counts(jsonb, jsonb) RETURNS jsonb
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT coalesce(jsonb_object_agg(key, total), '{}')
        FROM (
          SELECT key, sum(value::bigint) AS total
          FROM (SELECT * FROM jsonb_each_text($1) UNION ALL SELECT * FROM jsonb_each_text($2)) counts
          GROUP BY key
        ) totals
      $$;
      CREATE TABLE playback_quality (
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        day date NOT NULL,
        sessions integer NOT NULL DEFAULT 0,
        startups jsonb NOT NULL DEFAULT '{}',
        stalls integer NOT NULL DEFAULT 0,
        stall_seconds double precision NOT NULL DEFAULT 0,
        switches integer NOT NULL DEFAULT 0,
        watched_seconds double precision NOT NULL DEFAULT 0,
        errors jsonb NOT NULL DEFAULT '{}',
        PRIMARY KEY (video_id, day)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE playback_quality, view_hours, comments, reactions;
      DROP FUNCTION add_counts;
      DROP FUNCTION count_new_reactions;
      DROP FUNCTION count_changed_reactions;
      DROP FUNCTION count_gone_reactions;
      ALTER TABLE watch_progress DROP COLUMN viewing_seconds, DROP COLUMN is_viewed;
      UPDATE video_stats SET views = 0, likes = 0, rating_count = 0, rating_sum = 0, trend = 0;
    `);
  }
}

const COUNTED = (sign: 1 | -1, rows: string) => `
  SELECT video_id, ${sign} * (liked_at IS NOT NULL)::integer AS likes,
    ${sign} * (stars IS NOT NULL)::integer AS rating_count, ${sign} * coalesce(stars, 0) AS rating_sum
  FROM ${rows}`;

const REACTION_TRIGGERS = [
  trigger('count_new_reactions', 'INSERT', 'NEW TABLE AS added', COUNTED(1, 'added')),
  trigger(
    'count_changed_reactions',
    'UPDATE',
    'OLD TABLE AS removed NEW TABLE AS added',
    `${COUNTED(-1, 'removed')} UNION ALL ${COUNTED(1, 'added')}`,
  ),
  trigger('count_gone_reactions', 'DELETE', 'OLD TABLE AS removed', COUNTED(-1, 'removed')),
];

/**
 * Counts what a statement did, whoever made it: the cascade of a deleted account, too. Rows of counters
 * are locked in the order of their ids, so that two statements never wait for each other.
 */
function trigger(name: string, event: string, tables: string, counted: string): string {
  return `
    CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      WITH change AS (
        SELECT video_id, sum(likes) AS likes, sum(rating_count) AS rating_count,
          sum(rating_sum) AS rating_sum
        FROM (${counted}) counted
        GROUP BY video_id
        HAVING sum(likes) <> 0 OR sum(rating_count) <> 0 OR sum(rating_sum) <> 0
      ), locked AS (
        SELECT video_id FROM video_stats WHERE video_id IN (SELECT video_id FROM change)
        ORDER BY video_id FOR NO KEY UPDATE
      )
      UPDATE video_stats stats SET likes = stats.likes + change.likes,
        rating_count = stats.rating_count + change.rating_count,
        rating_sum = stats.rating_sum + change.rating_sum
      FROM change JOIN locked USING (video_id)
      WHERE stats.video_id = change.video_id;
      RETURN NULL;
    END $$;
    CREATE TRIGGER ${name} AFTER ${event} ON reactions REFERENCING ${tables}
      FOR EACH STATEMENT EXECUTE FUNCTION ${name}();`;
}
