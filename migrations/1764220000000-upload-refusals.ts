import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What was said against a complete file, for those who ask again after the answer was lost. */
export class UploadRefusals1764220000000 implements MigrationInterface {
  readonly name = 'UploadRefusals1764220000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE upload_sessions ADD refusal jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE upload_sessions DROP refusal');
  }
}
