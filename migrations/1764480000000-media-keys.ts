import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys of media links, which the processes of an installation share and can change together. */
export class MediaKeys1764480000000 implements MigrationInterface {
  readonly name = 'MediaKeys1764480000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE media_keys (
        id smallint PRIMARY KEY CHECK (id BETWEEN 1 AND 255),
        sealed_secret bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        signs_from timestamptz NOT NULL,
        voids_older boolean NOT NULL DEFAULT false
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE media_keys');
  }
}
