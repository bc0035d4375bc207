import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A name belongs to whoever activates it first; an activation link carries what it activates. */
export class BoundActivations1764000000000 implements MigrationInterface {
  readonly name = 'BoundActivations1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX users_username_key;
      CREATE UNIQUE INDEX users_username_key ON users (lower(username))
        WHERE activated_at IS NOT NULL;

      ALTER TABLE mail_tokens
        ADD COLUMN password_hash text,
        ADD COLUMN username text,
        ADD COLUMN mailed_at timestamptz;
      UPDATE mail_tokens AS link
        SET password_hash = users.password_hash,
          username = users.username,
          mailed_at = link.created_at
        FROM users WHERE users.id = link.user_id AND link.purpose = 'activation';
      DROP INDEX mail_tokens_user_purpose_key;
      CREATE UNIQUE INDEX mail_tokens_user_purpose_key ON mail_tokens (user_id, purpose)
        WHERE purpose <> 'activation';
      CREATE INDEX mail_tokens_user_idx ON mail_tokens (user_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX mail_tokens_user_idx, mail_tokens_user_purpose_key;
      DELETE FROM mail_tokens AS link USING mail_tokens AS newer
        WHERE link.purpose = 'activation' AND newer.purpose = 'activation'
          AND newer.user_id = link.user_id
          AND (newer.created_at, newer.id) > (link.created_at, link.id);
      CREATE UNIQUE INDEX mail_tokens_user_purpose_key ON mail_tokens (user_id, purpose);
      ALTER TABLE mail_tokens
        DROP COLUMN password_hash, DROP COLUMN username, DROP COLUMN mailed_at;

      DROP INDEX users_username_key;
      UPDATE users AS waiting SET username = NULL
        WHERE activated_at IS NULL AND EXISTS (
          SELECT 1 FROM users AS other
          WHERE lower(other.username) = lower(waiting.username) AND other.id <> waiting.id);
      CREATE UNIQUE INDEX users_username_key ON users (lower(username));
    `);
  }
}
