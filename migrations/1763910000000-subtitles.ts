import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Text tracks of videos: those found in a source, and those people have uploaded. */
export class Subtitles1763910000000 implements MigrationInterface {
  readonly name = 'Subtitles1763910000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE subtitles (
        id uuid PRIMARY KEY,
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        revision_id uuid REFERENCES revisions (id) ON DELETE CASCADE,
        position smallint NOT NULL DEFAULT 0,
        language text NOT NULL,
        label text NOT NULL,
        path text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX subtitles_uploaded_idx ON subtitles (video_id, language, label)
        WHERE revision_id IS NULL;
      CREATE UNIQUE INDEX subtitles_embedded_idx ON subtitles (revision_id, path)
        WHERE revision_id IS NOT NULL;
      CREATE INDEX subtitles_video_idx ON subtitles (video_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE subtitles');
  }
}
