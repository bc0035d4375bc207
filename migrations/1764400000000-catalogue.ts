import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What everybody finds: in the condition of an index, the planner wants it word for word. */
const LISTED = `deleted_at IS NULL AND visibility = 'PUBLIC' AND status NOT IN ('failed', 'cancelled')`;

/**
 * Search, series, and the indexes of every order and filter of the catalogue, so that none of its pages needs a scan
 * of the table. Nothing that the pipeline tells of its progress is indexed.
 */
export class Catalogue1764400000000 implements MigrationInterface {
  readonly name = 'Catalogue1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await this.addSeries(runner);
    await this.addSearch(runner);
    await this.addGenreOrder(runner);
    await this.addIndexes(runner);
  }

  private async addSeries(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE series (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        owner_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        title text NOT NULL,
        description text NOT NULL DEFAULT '',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX series_title_idx ON series (lower(title), id);
      CREATE INDEX series_owner_idx ON series (owner_id);

      ALTER TABLE videos
        ADD COLUMN series_id uuid REFERENCES series (id) ON DELETE SET NULL,
        ADD COLUMN season_number integer CHECK (season_number >= 0),
        ADD COLUMN episode_number integer CHECK (episode_number >= 0),
        ADD CHECK (series_id IS NULL OR (season_number IS NOT NULL AND episode_number IS NOT NULL));
      CREATE INDEX videos_series_idx ON videos (series_id, season_number, episode_number, id)
        WHERE series_id IS NOT NULL;
    `);
  }

  private async addSearch(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE EXTENSION IF NOT EXISTS pg_trgm;

      -- Letters without their accents, and blanks for signs: src/catalogue/listing/search-words.ts does the same.
      CREATE FUNCTION plain_words(text text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN regexp_replace(
        regexp_replace(normalize(text, NFKD), '[\\u0300-\\u036f]+', '', 'g'),
        '[!-/:-@\\[-\`{-~]+', ' ', 'g');

      CREATE FUNCTION stemmed_words(text text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN to_tsvector('english', text) || to_tsvector('german', text) || to_tsvector('simple', text);

      CREATE FUNCTION tag_words(tags text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
      RETURN stemmed_words(plain_words(array_to_string(tags, ' ')));

      ALTER TABLE videos
        ADD COLUMN title_words tsvector
          GENERATED ALWAYS AS (stemmed_words(plain_words(title))) STORED,
        ADD COLUMN search_words tsvector GENERATED ALWAYS AS (
          setweight(stemmed_words(plain_words(title)), 'A')
          || setweight(stemmed_words(plain_words(description)), 'B')
          || setweight(tag_words(tags), 'C')) STORED;
      CREATE INDEX videos_title_words_idx ON videos USING gin (title_words) WHERE deleted_at IS NULL;
      CREATE INDEX videos_search_words_idx ON videos USING gin (search_words) WHERE deleted_at IS NULL;
      CREATE INDEX videos_title_trigrams_idx ON videos USING gin (plain_words(title) gin_trgm_ops)
        WHERE deleted_at IS NULL;
      CREATE INDEX videos_tags_idx ON videos USING gin (tags) WHERE deleted_at IS NULL;
    `);
  }

  /** Genres know when their videos were added: the newest of one are found without a look at those of others. */
  private async addGenreOrder(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE video_genres ADD COLUMN video_created_at timestamptz;
      UPDATE video_genres link SET video_created_at = video.created_at
        FROM videos video WHERE video.id = link.video_id;
      ALTER TABLE video_genres ALTER COLUMN video_created_at SET NOT NULL;

      CREATE FUNCTION date_video_genre() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        SELECT created_at INTO NEW.video_created_at FROM videos WHERE id = NEW.video_id;
        -- For a video that is not there the foreign key says so.
        NEW.video_created_at := coalesce(NEW.video_created_at, now());
        RETURN NEW;
      END $$;
      CREATE TRIGGER video_genre_dated BEFORE INSERT ON video_genres
        FOR EACH ROW EXECUTE FUNCTION date_video_genre();

      CREATE FUNCTION redate_video_genres() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE video_genres SET video_created_at = NEW.created_at WHERE video_id = NEW.id;
        RETURN NULL;
      END $$;
      CREATE TRIGGER video_genres_redated AFTER UPDATE OF created_at ON videos
        FOR EACH ROW WHEN (OLD.created_at IS DISTINCT FROM NEW.created_at)
        EXECUTE FUNCTION redate_video_genres();

      DROP INDEX video_genres_genre_idx;
      CREATE INDEX video_genres_genre_idx ON video_genres (genre_id, video_created_at, video_id);
    `);
  }

  private async addIndexes(runner: QueryRunner): Promise<void> {
    // Where a length or a rating is not known, the video comes last, in either direction.
    await runner.query(`
      DROP INDEX videos_created_idx;
      CREATE INDEX videos_created_idx ON videos (created_at, id) WHERE ${LISTED};
      CREATE INDEX videos_updated_idx ON videos (updated_at, id) WHERE ${LISTED};
      CREATE INDEX videos_title_idx ON videos (lower(title), id) WHERE ${LISTED};
      CREATE INDEX videos_longest_idx ON videos (coalesce(duration_seconds, '-Infinity'), id) WHERE ${LISTED};
      CREATE INDEX videos_shortest_idx ON videos (coalesce(duration_seconds, 'Infinity'), id) WHERE ${LISTED};
      CREATE INDEX videos_language_idx ON videos (language, created_at, id) WHERE ${LISTED};

      DROP INDEX videos_owner_idx;
      CREATE INDEX videos_owner_idx ON videos (owner_id, created_at, id);
      CREATE INDEX videos_hidden_idx ON videos (visibility, created_at, id)
        WHERE deleted_at IS NULL AND visibility <> 'PUBLIC';
      CREATE INDEX videos_given_up_idx ON videos (status, created_at, id)
        WHERE deleted_at IS NULL AND status IN ('failed', 'cancelled');

      CREATE INDEX video_stats_views_idx ON video_stats (views, video_id);
      CREATE INDEX video_stats_best_idx ON video_stats (coalesce(rating, '-Infinity'), video_id);
      CREATE INDEX video_stats_worst_idx ON video_stats (coalesce(rating, 'Infinity'), video_id);
      CREATE INDEX video_stats_trend_idx ON video_stats (trend, views, video_id) WHERE trend > 0;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX video_stats_views_idx, video_stats_best_idx, video_stats_worst_idx, video_stats_trend_idx,
        videos_created_idx, videos_updated_idx, videos_title_idx, videos_longest_idx, videos_shortest_idx,
        videos_language_idx, videos_owner_idx, videos_hidden_idx, videos_given_up_idx,
        videos_title_trigrams_idx, videos_tags_idx, video_genres_genre_idx;
      CREATE INDEX videos_created_idx ON videos (created_at DESC, id DESC) WHERE deleted_at IS NULL;
      CREATE INDEX videos_owner_idx ON videos (owner_id);
      CREATE INDEX video_genres_genre_idx ON video_genres (genre_id);
      DROP TRIGGER video_genres_redated ON videos;
      DROP TRIGGER video_genre_dated ON video_genres;
      DROP FUNCTION redate_video_genres, date_video_genre;
      ALTER TABLE video_genres DROP COLUMN video_created_at;
      ALTER TABLE videos DROP COLUMN title_words, DROP COLUMN search_words,
        DROP COLUMN series_id, DROP COLUMN season_number, DROP COLUMN episode_number;
      DROP FUNCTION tag_words, stemmed_words, plain_words;
      DROP TABLE series;
    `);
  }
}
