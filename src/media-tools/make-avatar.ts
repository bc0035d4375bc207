import { convertPicture, type PictureOptions } from './convert-picture.js';

/** Pixels of each side of the picture that is made. */
const AVATAR_PIXELS = 256;

/**
 * Makes a square JPEG of the middle of an untrusted picture.
 *
 * @returns false when the source is no picture that can be used
 * @throws ToolFailure when ffmpeg could not do its work this time
 */
export async function makeAvatar(
  sourcePath: string,
  targetPath: string,
  options: PictureOptions,
): Promise<boolean> {
  return convertPicture(sourcePath, targetPath, FILTERS, options);
}

// Cut before it is scaled, so that no shape of a picture grows on the way.
const FILTERS = [
  "crop=w='min(iw,ih)':h='min(iw,ih)':exact=1",
  `scale=${AVATAR_PIXELS}:${AVATAR_PIXELS}:flags=area`,
];
