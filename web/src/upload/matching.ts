/** An upload that the server has a part of. */
interface Unfinished {
  filename: string;
  size: number;
  /** As the client has it that began the upload. */
  fingerprint: string | null;
}

/** Names a file in this browser, without reading it. */
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

/** Whether an upload may be of a file, as far as that can be told without reading it. */
export function isAlike(
  { filename, size }: Unfinished,
  file: Pick<File, 'name' | 'size'>,
): boolean {
  return filename === file.name.trim() && size === file.size;
}

/**
 * The upload that a file goes on with. Another file of the same name and size does not: the server
 * would have one half of each.
 *
 * @param print what {@link printOf} says of the file
 */
export function matchingUpload<T extends Unfinished>(
  file: Pick<File, 'name' | 'size'>,
  print: string | undefined,
  unfinished: readonly T[],
): T | undefined {
  return unfinished.find(
    (upload) => isAlike(upload, file) && print !== undefined && upload.fingerprint === print,
  );
}
