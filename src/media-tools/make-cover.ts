import { convertPicture, type PictureOptions } from './convert-picture.js';

/**
 * Makes a JPEG of a whole untrusted picture, which keeps its shape and is never enlarged.
 *
 * @param maxPixels of its longer side
 * @returns false when the source is no picture that can be used
 * @throws ToolFailure when ffmpeg could not do its work this time
 */
export async function makeCover(
  sourcePath: string,
  targetPath: string,
  maxPixels: number,
  options: PictureOptions,
): Promise<boolean> {
  const side = (length: string) => `'min(${maxPixels},${length})'`;
  const fit = 'force_original_aspect_ratio=decrease:flags=area';
  const scale = `scale=w=${side('iw')}:h=${side('ih')}:${fit}`;
  return convertPicture(sourcePath, targetPath, [scale], options);
}
