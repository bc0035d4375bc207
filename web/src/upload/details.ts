/** What the uploader says of a video before it goes up. */
export interface Details {
  title: string;
  description: string;
  genre: string;
  visibility: string;
}

/** What the server is told of a file, by the names of its upload form. */
export type Metadata = Readonly<Record<string, string>>;

/** Leaves out what was not filled in. */
export function metadataOf(file: Pick<File, 'name' | 'type'>, details: Details): Metadata {
  const pairs = {
    filename: file.name,
    filetype: file.type,
    title: details.title.trim(),
    description: details.description.trim(),
    genres: details.genre,
    visibility: details.visibility,
  };
  return Object.fromEntries(Object.entries(pairs).filter(([, value]) => value !== ''));
}

/** Reads an Upload-Metadata header, as tus has it: `filename aC5tcDQ=,title SMOp`. */
export function readMetadata(header: string): Metadata {
  const pairs = header.split(',').map((pair) => pair.trim().split(' '));
  return Object.fromEntries(pairs.map(([key = '', value = '']) => [key, decode(value)]));
}

/** A title as people would write it: `holiday_2026.mp4` → `holiday 2026`. */
export function titleFrom(fileName: string): string {
  return fileName
    .replace(/\.[^.]+$/, '')
    .replace(/[_\s]+/g, ' ')
    .trim();
}

function decode(base64: string): string {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
