import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Programs that call the API with keys of their own, and revisions that they make. */
export class Services1764210000000 implements MigrationInterface {
  readonly name = 'Services1764210000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE service_keys (
        id uuid PRIMARY KEY,
        access_key_id text NOT NULL UNIQUE,
        sealed_secret bytea,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        revoked_at timestamptz,
        CHECK ((sealed_secret IS NULL) = (revoked_at IS NOT NULL))
      );

      CREATE TABLE spent_signatures (
        signature bytea PRIMARY KEY,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX spent_signatures_expiry_idx ON spent_signatures (expires_at);

      ALTER TABLE revisions ADD COLUMN made_by text NOT NULL DEFAULT 'pipeline'
        CHECK (made_by IN ('pipeline', 'transcoder'));
      CREATE INDEX videos_source_key_idx ON videos (source_key);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX videos_source_key_idx;
      ALTER TABLE revisions DROP COLUMN made_by;
      DROP TABLE spent_signatures, service_keys;
    `);
  }
}
