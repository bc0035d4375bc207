import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where a video's storyboard and hover preview lie. */
export class Previews1763920000000 implements MigrationInterface {
  readonly name = 'Previews1763920000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE videos
        ADD COLUMN storyboard_key text,
        ADD COLUMN preview_key text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE videos DROP COLUMN storyboard_key, DROP COLUMN preview_key');
  }
}
