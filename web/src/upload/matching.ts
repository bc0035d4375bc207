/** An upload that the server has a part of. */
interface Unfinished {
  id: string;
  filename: string;
  size: number;
}

/** What this browser knows of an upload: which file it was of. */
export interface Remembered {
  id: string;
  fingerprint: string;
}

/** Tells files apart as well as a browser can without reading them. */
export function fingerprintOf({
  name,
  size,
  type,
  lastModified,
}: Pick<File, 'name' | 'size' | 'type' | 'lastModified'>): string {
  return ['videoflix', name, type, size, lastModified].join('-');
}

/** The last part of an upload's address. */
export function idOf(url: string): string {
  return url.replace(/\/+$/, '').replace(/^.*\//, '');
}

/**
 * The upload that a file goes on with. One that this browser has begun has to be of this very file;
 * of those from other browsers the name and the size are all that is known.
 */
export function matchingUpload<T extends Unfinished>(
  file: Pick<File, 'name' | 'size' | 'type' | 'lastModified'>,
  unfinished: readonly T[],
  remembered: readonly Remembered[],
): T | undefined {
  const alike = unfinished.filter(
    ({ filename, size }) => filename === file.name.trim() && size === file.size,
  );
  const known = (upload: T) => remembered.filter(({ id }) => id === upload.id);
  const fingerprint = fingerprintOf(file);
  return (
    alike.find((upload) => known(upload).some((entry) => entry.fingerprint === fingerprint)) ??
    alike.find((upload) => known(upload).length === 0)
  );
}
