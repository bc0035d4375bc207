/** Names of the files in each rendition's folder. */
export const INIT_FILE = 'init.mp4';
export const PLAYLIST_FILE = 'index.m3u8';
export const I_FRAME_PLAYLIST_FILE = 'iframes.m3u8';

/** Name of a segment by its number, from 1; a text takes the number's place in a pattern. */
export function segmentFile(number: number | string): string {
  return `segment_${typeof number === 'string' ? number : `${number}`.padStart(5, '0')}.m4s`;
}

/** The one segment of a text track. */
export const SUBTITLES_FILE = 'subtitles.vtt';

/** Names of the stills, beside the renditions' folders. */
export const THUMBNAIL_FILE = 'thumbnail.jpg';
export const POSTER_FILE = 'poster.jpg';
export const PREVIEW_FILE = 'preview.mp4';

/** The folder of the sprite sheets, and in it the file that says what they show. */
export const STORYBOARD_FOLDER = 'storyboard';
export const STORYBOARD_FILE = 'storyboard.vtt';

/** Name of the multivariant playlist, in the revision's folder. */
export const MASTER_FILE = 'master.m3u8';

/** Name of the MPEG-DASH manifest, beside the multivariant playlist. */
export const MPD_FILE = 'manifest.mpd';
