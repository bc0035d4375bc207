import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files on their way in: those that are sent in several requests, or straight to the storage. */
export class UploadSessions1764200000000 implements MigrationInterface {
  readonly name = 'UploadSessions1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE upload_sessions (
        id uuid PRIMARY KEY,
        owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('resumable', 'direct', 'thumbnail')),
        storage_key text NOT NULL UNIQUE,
        storage_upload_id text,
        filename text NOT NULL,
        content_type text,
        size_bytes bigint NOT NULL CHECK (size_bytes > 0),
        description jsonb NOT NULL DEFAULT '{}',
        video_id uuid REFERENCES videos (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        finished_at timestamptz
      );
      CREATE INDEX upload_sessions_open_idx ON upload_sessions (owner_id, created_at)
        WHERE finished_at IS NULL;
      CREATE INDEX upload_sessions_expiry_idx ON upload_sessions (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE upload_sessions');
  }
}
