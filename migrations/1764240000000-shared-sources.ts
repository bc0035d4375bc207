import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Videos made of a source that is there already, and the indexes of the library of sources. A source's name is
 * computed from its key, so that the library can search it and sort by it.
 */
export class SharedSources1764240000000 implements MigrationInterface {
  readonly name = 'SharedSources1764240000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE videos
        ADD COLUMN source_video_id uuid REFERENCES videos (id) ON DELETE SET NULL,
        ADD COLUMN source_name text
          GENERATED ALWAYS AS (regexp_replace(source_key, '^.*/([0-9]+_)?', '')) STORED;
      CREATE INDEX videos_source_video_idx ON videos (source_video_id)
        WHERE source_video_id IS NOT NULL;
      CREATE INDEX videos_library_idx ON videos (owner_id, created_at, id)
        WHERE source_video_id IS NULL AND source_key IS NOT NULL AND deleted_at IS NULL;

      CREATE TABLE reuse_jobs (
        video_id uuid PRIMARY KEY REFERENCES videos (id) ON DELETE CASCADE,
        owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        transcript_text text,
        transcript_upload_id uuid REFERENCES subtitles (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX reuse_jobs_owner_idx ON reuse_jobs (owner_id, created_at, video_id);
      CREATE INDEX reuse_jobs_transcript_idx ON reuse_jobs (transcript_upload_id)
        WHERE transcript_upload_id IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE reuse_jobs;
      DROP INDEX videos_library_idx;
      ALTER TABLE videos DROP COLUMN source_name, DROP COLUMN source_video_id;
    `);
  }
}
