import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Titles as they are compared with a search are kept: to work them out takes longer than to compare them. */
export class PlainTitles1764500000000 implements MigrationInterface {
  readonly name = 'PlainTitles1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX videos_title_trigrams_idx;
      ALTER TABLE videos ADD COLUMN plain_title text GENERATED ALWAYS AS (plain_words(title)) STORED;
      CREATE INDEX videos_title_trigrams_idx ON videos USING gin (plain_title gin_trgm_ops)
        WHERE deleted_at IS NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE videos DROP COLUMN plain_title;
      CREATE INDEX videos_title_trigrams_idx ON videos USING gin (plain_words(title) gin_trgm_ops)
        WHERE deleted_at IS NULL;
    `);
  }
}
