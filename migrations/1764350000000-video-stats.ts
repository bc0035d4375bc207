import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people make of a video, beside it, so that counting never touches the catalogue's own rows. */
export class VideoStats1764350000000 implements MigrationInterface {
  readonly name = 'VideoStats1764350000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE video_stats (
        video_id uuid PRIMARY KEY REFERENCES videos (id) ON DELETE CASCADE,
        views bigint NOT NULL DEFAULT 0,
        likes integer NOT NULL DEFAULT 0,
        rating_count integer NOT NULL DEFAULT 0,
        rating_sum integer NOT NULL DEFAULT 0,
        rating double precision GENERATED ALWAYS AS
          (rating_sum::double precision / nullif(rating_count, 0)) STORED,
        trend double precision NOT NULL DEFAULT 0
      );
      INSERT INTO video_stats (video_id) SELECT id FROM videos;

      CREATE FUNCTION add_video_stats() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO video_stats (video_id) SELECT id FROM added;
        RETURN NULL;
      END $$;
      CREATE TRIGGER video_stats_added AFTER INSERT ON videos REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION add_video_stats();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER video_stats_added ON videos;
      DROP FUNCTION add_video_stats;
      DROP TABLE video_stats;
    `);
  }
}
