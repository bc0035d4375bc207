import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a video is expected to be encoded, and when its processing failed. */
export class ProcessingControl1763900000000 implements MigrationInterface {
  readonly name = 'ProcessingControl1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE videos
        ADD COLUMN expected_ready_at timestamptz,
        ADD COLUMN failed_at timestamptz;
      UPDATE videos SET failed_at = updated_at WHERE status = 'failed';
      CREATE INDEX videos_failed_idx ON videos (failed_at DESC) WHERE status = 'failed';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX videos_failed_idx;
      ALTER TABLE videos DROP COLUMN expected_ready_at, DROP COLUMN failed_at;
    `);
  }
}
