import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Videos that are being purged, and sources that are of no more use. */
export class Housekeeping1764250000000 implements MigrationInterface {
  readonly name = 'Housekeeping1764250000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE videos
        ADD COLUMN purge_started_at timestamptz,
        ADD COLUMN source_spent boolean NOT NULL DEFAULT false;
      CREATE INDEX videos_deleted_idx ON videos (id) WHERE deleted_at IS NOT NULL;
      CREATE INDEX videos_source_spent_idx ON videos (id)
        WHERE source_spent AND source_key IS NOT NULL;
      -- What a purged video takes with it would be looked for in the whole table.
      CREATE INDEX videos_current_revision_idx ON videos (current_revision_id);
      CREATE INDEX upload_sessions_video_idx ON upload_sessions (video_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX videos_deleted_idx, videos_source_spent_idx, videos_current_revision_idx,
        upload_sessions_video_idx;
      ALTER TABLE videos DROP COLUMN purge_started_at, DROP COLUMN source_spent;
    `);
  }
}
