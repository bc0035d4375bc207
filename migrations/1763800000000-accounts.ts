import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mails, second factors, passkeys, the audit log and shared counters. */
export class Accounts1763800000000 implements MigrationInterface {
  readonly name = 'Accounts1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE users
        ADD COLUMN activated_at timestamptz,
        ADD COLUMN unlock_count integer NOT NULL DEFAULT 0,
        ADD COLUMN deletion_requested_at timestamptz;
      UPDATE users SET activated_at = created_at WHERE is_active;
      CREATE INDEX users_deletion_idx ON users (deletion_requested_at)
        WHERE deletion_requested_at IS NOT NULL;

      ALTER TABLE mail_tokens
        DROP CONSTRAINT mail_tokens_purpose_check,
        ADD CONSTRAINT mail_tokens_purpose_check
          CHECK (purpose IN ('activation', 'password-reset', 'email-change')),
        ADD COLUMN new_email text;

      ALTER TABLE sessions
        ADD COLUMN method text NOT NULL DEFAULT 'password'
          CHECK (method IN ('password', 'passkey', 'demo')),
        ADD COLUMN previous_hash bytea,
        ADD COLUMN rotated_at timestamptz;
      CREATE INDEX sessions_expiry_idx ON sessions (expires_at);

      CREATE TABLE outgoing_mails (
        id uuid PRIMARY KEY,
        user_id uuid REFERENCES users (id) ON DELETE CASCADE,
        recipient text NOT NULL,
        subject text NOT NULL,
        sealed_body bytea,
        status text NOT NULL DEFAULT 'queued'
          CHECK (status IN ('queued', 'sent', 'refused', 'failed')),
        attempts smallint NOT NULL DEFAULT 0,
        answer text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      );
      CREATE INDEX outgoing_mails_created_idx ON outgoing_mails (created_at DESC, id DESC);
      CREATE INDEX outgoing_mails_queued_idx ON outgoing_mails (created_at) WHERE status = 'queued';
      CREATE INDEX outgoing_mails_user_idx ON outgoing_mails (user_id);

      CREATE TABLE audit_events (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        action text NOT NULL,
        actor_id uuid REFERENCES users (id) ON DELETE SET NULL,
        subject_type text,
        subject_id uuid,
        address text NOT NULL DEFAULT '',
        user_agent text NOT NULL DEFAULT '',
        details jsonb NOT NULL DEFAULT '{}'
      );
      CREATE INDEX audit_events_at_idx ON audit_events (at DESC, id DESC);
      CREATE INDEX audit_events_actor_idx ON audit_events (actor_id, at DESC);
      CREATE INDEX audit_events_subject_idx ON audit_events (subject_id, at DESC);

      CREATE TABLE totp_credentials (
        user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
        sealed_secret bytea NOT NULL,
        confirmed_at timestamptz,
        last_time_step bigint,
        created_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE recovery_codes (
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        code_hash bytea NOT NULL,
        PRIMARY KEY (user_id, code_hash)
      );

      CREATE TABLE passkeys (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        credential_id text NOT NULL UNIQUE,
        public_key bytea NOT NULL,
        counter bigint NOT NULL,
        transports text[] NOT NULL DEFAULT '{}',
        name text NOT NULL,
        is_synced boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz
      );
      CREATE INDEX passkeys_user_idx ON passkeys (user_id);

      CREATE TABLE passkey_challenges (
        id uuid PRIMARY KEY,
        user_id uuid REFERENCES users (id) ON DELETE CASCADE,
        challenge text NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX passkey_challenges_expiry_idx ON passkey_challenges (expires_at);

      -- The columns are rate-limiter-flexible's.
      CREATE UNLOGGED TABLE rate_limits (
        key varchar(255) PRIMARY KEY,
        points integer NOT NULL DEFAULT 0,
        expire bigint
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE rate_limits, passkey_challenges, passkeys, recovery_codes, totp_credentials,
        audit_events, outgoing_mails;
      DROP INDEX sessions_expiry_idx;
      ALTER TABLE sessions
        DROP COLUMN method, DROP COLUMN previous_hash, DROP COLUMN rotated_at;
      DELETE FROM mail_tokens WHERE purpose = 'email-change';
      ALTER TABLE mail_tokens
        DROP CONSTRAINT mail_tokens_purpose_check,
        ADD CONSTRAINT mail_tokens_purpose_check CHECK (purpose IN ('activation', 'password-reset')),
        DROP COLUMN new_email;
      ALTER TABLE users
        DROP COLUMN activated_at, DROP COLUMN unlock_count, DROP COLUMN deletion_requested_at;
    `);
  }
}
