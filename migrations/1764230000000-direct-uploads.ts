import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files that clients send straight to the storage, and pictures that uploaders choose for their videos. */
export class DirectUploads1764230000000 implements MigrationInterface {
  readonly name = 'DirectUploads1764230000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE upload_sessions ADD claimed_at timestamptz, ADD sha256 text;
      ALTER TABLE videos ADD source_etag text, ADD has_own_cover boolean NOT NULL DEFAULT false;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE videos DROP source_etag, DROP has_own_cover;
      ALTER TABLE upload_sessions DROP claimed_at, DROP sha256;
    `);
  }
}
