import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How fast each revision was encoded, so that the next one can be planned accordingly. */
export class EncodingPace1764100000000 implements MigrationInterface {
  readonly name = 'EncodingPace1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE revisions ADD COLUMN encoded_pixels_per_second double precision',
    );
    await runner.query(`
      CREATE INDEX revisions_encoded ON revisions (created_at DESC)
        WHERE encoded_pixels_per_second IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX revisions_encoded');
    await runner.query('ALTER TABLE revisions DROP COLUMN encoded_pixels_per_second');
  }
}
