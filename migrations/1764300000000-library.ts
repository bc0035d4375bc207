import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people have watched and how far, and what they have put on their lists. */
export class Library1764300000000 implements MigrationInterface {
  readonly name = 'Library1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE watch_progress (
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        position_seconds double precision NOT NULL CHECK (position_seconds >= 0),
        is_dismissed boolean NOT NULL DEFAULT false,
        watched_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, video_id)
      );
      CREATE INDEX watch_progress_watched_idx ON watch_progress (user_id, watched_at DESC, video_id);
      CREATE INDEX watch_progress_video_idx ON watch_progress (video_id);

      CREATE TABLE list_entries (
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        added_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (user_id, video_id)
      );
      CREATE INDEX list_entries_added_idx ON list_entries (user_id, added_at DESC, video_id);
      CREATE INDEX list_entries_video_idx ON list_entries (video_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE list_entries, watch_progress');
  }
}
