/** The embedded database cannot be used; the message is one sentence for the person who runs it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

/** Turns what the system said about a path into one sentence that names the path and the way out. */
export function pathError(error: unknown, directory: string): EmbeddedPostgresError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  const known = REASONS[String(code)];
  const reason = known ?? (error instanceof Error ? error.message : String(error));
  return new EmbeddedPostgresError(
    `The database cannot be kept in ${directory}, because ${reason}: set DATA_DIR to another folder or DATABASE_URL to a PostgreSQL server.`,
    { cause: error },
  );
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'that file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOENT: 'it cannot be made',
  ENOTDIR: 'part of that path is a file',
  EEXIST: 'part of that path is a file',
};

/** PostgreSQL's own words for {@link pathError}'s ENOSPC. */
export const DISK_FULL = /No space left|wrote only \d+ of/;
