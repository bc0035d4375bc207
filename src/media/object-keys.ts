import {
  POSTER_FILE,
  PREVIEW_FILE,
  STORYBOARD_FILE,
  STORYBOARD_FOLDER,
  THUMBNAIL_FILE,
} from './output-files.js';

/** Room for the name in a source's key; S3 allows 1,024 bytes for a whole key, file systems 255 a name. */
const MAX_NAME_LENGTH = 100;

/** An id as a key's segment: a UUID or a number, never a path. */
const ID = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;

/** One segment of an output's path: no leading dot, so neither `.` nor `..` nor a hidden file. */
const PATH_SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/;
const MAX_PATH_SEGMENTS = 4;

/**
 * Key of an uploaded source: `uploads/users/{userId}/videos/{timestamp}_{safeName}`, the timestamp in
 * milliseconds.
 * @param fileName whatever the client sent: it only decorates the key
 * @throws RangeError when the user's id is no id
 */
export function sourceKey(userId: string, uploadedAt: Date, fileName: string): string {
  return `${uploadsPrefix(userId)}videos/${uploadedAt.getTime()}_${safeName(fileName)}`;
}

/**
 * Key of a picture that was uploaded to be shown for a video:
 * `uploads/users/{userId}/thumbnails/{timestamp}_{safeName}`, the timestamp in milliseconds.
 * @throws RangeError when the user's id is no id
 */
export function uploadedPictureKey(userId: string, uploadedAt: Date, fileName: string): string {
  return `${uploadsPrefix(userId)}thumbnails/${uploadedAt.getTime()}_${safeName(fileName)}`;
}

/**
 * Prefix, with its closing slash, of everything a user uploaded.
 * @throws RangeError when the user's id is no id
 */
export function uploadsPrefix(userId: string): string {
  return `uploads/users/${id(userId)}/`;
}

/**
 * Key of a user's picture.
 * @param name another one for every picture
 * @throws RangeError when the id or the name is no id
 */
export function avatarKey(userId: string, name: string): string {
  return `${avatarsPrefix(userId)}${id(name)}.jpg`;
}

/**
 * Prefix, with its closing slash, of a user's pictures.
 * @throws RangeError when the user's id is no id
 */
export function avatarsPrefix(userId: string): string {
  return `avatars/${id(userId)}/`;
}

/**
 * Prefix, with its closing slash, of all revisions of a video.
 * @throws RangeError when the video's id is no id
 */
export function videoPrefix(videoId: string): string {
  return `videos/${id(videoId)}/`;
}

/**
 * Prefix, with its closing slash, of everything one revision of a video consists of.
 * @throws RangeError when an id is no id
 */
export function outputPrefix(videoId: string, revisionId: string): string {
  return `${videoPrefix(videoId)}${id(revisionId)}/`;
}

/**
 * Key of one output.
 * @param relativePath such as `v720p/segment_00001.m4s`
 * @throws RangeError when the path could leave the revision's prefix
 */
export function outputKey(videoId: string, revisionId: string, relativePath: string): string {
  if (!isOutputPath(relativePath)) {
    throw new RangeError(`Not a path of an output: ${JSON.stringify(relativePath)}`);
  }
  return outputPrefix(videoId, revisionId) + relativePath;
}

export function thumbnailKey(videoId: string, revisionId: string): string {
  return outputKey(videoId, revisionId, THUMBNAIL_FILE);
}

export function posterKey(videoId: string, revisionId: string): string {
  return outputKey(videoId, revisionId, POSTER_FILE);
}

/**
 * Prefix, with its closing slash, of the pictures that an uploader gave a video; they outlast its revisions.
 * @throws RangeError when the id is no id
 */
export function coverPrefix(videoId: string): string {
  return `${videoPrefix(videoId)}cover/`;
}

/** Key of the WebVTT file, beside which the sprite sheets lie. */
export function storyboardKey(videoId: string, revisionId: string): string {
  return outputKey(videoId, revisionId, `${STORYBOARD_FOLDER}/${STORYBOARD_FILE}`);
}

export function previewKey(videoId: string, revisionId: string): string {
  return outputKey(videoId, revisionId, PREVIEW_FILE);
}

/**
 * Key of subtitles somebody uploaded for a video; they outlast its revisions.
 * @throws RangeError when an id is no id
 */
export function subtitleKey(videoId: string, subtitleId: string): string {
  return `${videoPrefix(videoId)}subtitles/${id(subtitleId)}.vtt`;
}

/** True for the relative paths under which outputs are kept: plain ASCII segments, no traversal. */
export function isOutputPath(path: string): boolean {
  const segments = path.split('/');
  return segments.length <= MAX_PATH_SEGMENTS && segments.every((part) => PATH_SEGMENT.test(part));
}

/**
 * A name that is safe in keys, paths, URLs and headers: ASCII letters, digits, dot, dash, underscore,
 * at most 100 of them, its extension kept; `video` when nothing is left.
 */
export function safeName(fileName: string): string {
  const base = fileName.split(/[\\/]/).at(-1) ?? '';
  const dot = base.lastIndexOf('.');
  const extension = dot > 0 ? words(base.slice(dot + 1)).slice(0, 10) : '';
  const stem = words(dot > 0 ? base.slice(0, dot) : base) || 'video';
  const room = MAX_NAME_LENGTH - extension.length - 1;
  return extension ? `${stem.slice(0, room)}.${extension}` : stem.slice(0, MAX_NAME_LENGTH);
}

/** Accents are taken off (NFKD); every other run of characters becomes one underscore. */
function words(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .replace(/[^A-Za-z0-9-]+/g, '_')
    .replace(/^[_-]+|[_-]+$/g, '');
}

function id(value: string): string {
  if (!ID.test(value)) throw new RangeError(`Not an id: ${JSON.stringify(value)}`);
  return value;
}
