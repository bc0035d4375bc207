import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts, the catalogue with its revisions and renditions, and the record of scheduled runs. */
export class InitialSchema1763700000000 implements MigrationInterface {
  readonly name = 'InitialSchema1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE users (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        email text NOT NULL,
        username text,
        name text NOT NULL DEFAULT '',
        language text NOT NULL DEFAULT 'en',
        password_hash text NOT NULL,
        role text NOT NULL DEFAULT 'viewer' CHECK (role IN ('viewer', 'staff', 'superuser')),
        is_active boolean NOT NULL DEFAULT false,
        is_demo boolean NOT NULL DEFAULT false,
        avatar_key text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        last_login_at timestamptz
      );
      CREATE UNIQUE INDEX users_email_key ON users (lower(email));
      CREATE UNIQUE INDEX users_username_key ON users (lower(username));
      CREATE INDEX users_demo_idx ON users (created_at) WHERE is_demo;

      CREATE TABLE mail_tokens (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        purpose text NOT NULL CHECK (purpose IN ('activation', 'password-reset')),
        token_hash bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      );
      CREATE UNIQUE INDEX mail_tokens_user_purpose_key ON mail_tokens (user_id, purpose);

      CREATE TABLE sessions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        refresh_hash bytea NOT NULL,
        remember_me boolean NOT NULL DEFAULT false,
        user_agent text NOT NULL DEFAULT '',
        address text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz
      );
      CREATE INDEX sessions_user_idx ON sessions (user_id);

      CREATE TABLE genres (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        slug text NOT NULL UNIQUE,
        name text NOT NULL
      );

      CREATE TABLE videos (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        number integer GENERATED ALWAYS AS IDENTITY UNIQUE,
        owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        title text NOT NULL,
        description text NOT NULL DEFAULT '',
        language text,
        tags text[] NOT NULL DEFAULT '{}',
        visibility text NOT NULL DEFAULT 'PUBLIC' CHECK (visibility IN ('PUBLIC', 'UNLISTED', 'PRIVATE')),
        status text NOT NULL DEFAULT 'pending'
          CHECK (status IN ('pending', 'processing', 'ready', 'failed', 'cancelled')),
        playable boolean NOT NULL DEFAULT false,
        original_filename text NOT NULL,
        source_key text,
        source_size_bytes bigint NOT NULL,
        source_sha256 text,
        duration_seconds double precision,
        width integer,
        height integer,
        frame_rate double precision,
        codec text,
        thumbnail_key text,
        poster_key text,
        current_revision_id uuid,
        progress_stage text NOT NULL DEFAULT 'queued',
        progress_percent smallint NOT NULL DEFAULT 0,
        error_code text,
        error_detail text,
        error_log_tail text[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
      );
      CREATE INDEX videos_created_idx ON videos (created_at DESC, id DESC) WHERE deleted_at IS NULL;
      CREATE INDEX videos_owner_idx ON videos (owner_id);
      CREATE INDEX videos_owner_sha256_idx ON videos (owner_id, source_sha256);
      CREATE INDEX videos_unfinished_idx ON videos (updated_at) WHERE status IN ('pending', 'processing');

      CREATE TABLE video_genres (
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        genre_id uuid NOT NULL REFERENCES genres (id) ON DELETE CASCADE,
        PRIMARY KEY (video_id, genre_id)
      );
      CREATE INDEX video_genres_genre_idx ON video_genres (genre_id);

      CREATE TABLE revisions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        video_id uuid NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
        status text NOT NULL DEFAULT 'building' CHECK (status IN ('building', 'published', 'failed')),
        source_info jsonb,
        plan jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        published_at timestamptz
      );
      CREATE INDEX revisions_video_idx ON revisions (video_id);
      ALTER TABLE videos ADD CONSTRAINT videos_current_revision_fk
        FOREIGN KEY (current_revision_id) REFERENCES revisions (id) ON DELETE SET NULL;

      CREATE TABLE renditions (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        revision_id uuid NOT NULL REFERENCES revisions (id) ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('video', 'audio')),
        name text NOT NULL,
        status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'encoding', 'ready', 'failed')),
        width integer,
        height integer,
        frame_rate double precision,
        language text,
        codecs text,
        segment_count integer,
        duration_seconds double precision,
        size_bytes bigint,
        peak_bandwidth_bps integer,
        average_bandwidth_bps integer,
        UNIQUE (revision_id, name)
      );

      CREATE TABLE schedule_runs (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        schedule text NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('running', 'succeeded', 'failed')),
        detail text NOT NULL DEFAULT '',
        started_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      );
      CREATE INDEX schedule_runs_started_idx ON schedule_runs (schedule, started_at DESC);

      CREATE SEQUENCE catalogue_generation;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP SEQUENCE catalogue_generation;
      ALTER TABLE videos DROP CONSTRAINT videos_current_revision_fk;
      DROP TABLE schedule_runs, renditions, revisions, video_genres, videos, genres, sessions,
        mail_tokens, users;
    `);
  }
}
