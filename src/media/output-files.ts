/** Names of the files in each rendition's folder. */
export const INIT_FILE = 'init.mp4';
export const PLAYLIST_FILE = 'index.m3u8';

/** Names of the stills, beside the renditions' folders. */
export const THUMBNAIL_FILE = 'thumbnail.jpg';
export const POSTER_FILE = 'poster.jpg';
