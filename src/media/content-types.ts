const CONTENT_TYPES = new Map(
  Object.entries({
    '3gp': 'video/3gpp',
    avi: 'video/x-msvideo',
    flv: 'video/x-flv',
    m2ts: 'video/mp2t',
    m4v: 'video/x-m4v',
    mkv: 'video/x-matroska',
    mov: 'video/quicktime',
    mp4: 'video/mp4',
    mpeg: 'video/mpeg',
    mpg: 'video/mpeg',
    mts: 'video/mp2t',
    ogv: 'video/ogg',
    ts: 'video/mp2t',
    webm: 'video/webm',
    wmv: 'video/x-ms-wmv',
  }),
);

/**
 * Media type of an uploaded file by the extension of its name: what a client says of it goes to others
 * as an answer of this server, and might be `text/html`.
 */
export function sourceContentType(name: string): string {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return CONTENT_TYPES.get(extension) ?? 'application/octet-stream';
}
