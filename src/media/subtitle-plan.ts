import { z } from 'zod';
import type { SubtitleTrack } from './source-info.js';
import { trackName } from './track-name.js';

/** A text track of the source that becomes WebVTT, as the plan keeps it. */
export const SubtitleRenditionSchema = z.object({
  /** Name of the rendition's folder. */
  folder: z.string().regex(/^[a-z0-9][a-z0-9-]*$/i),
  streamIndex: z.int().nonnegative(),
  /** How ffmpeg hands the stream over: ASS as it is, everything else as SubRip. */
  format: z.enum(['ass', 'srt']),
  /** BCP 47 */
  language: z.string().optional(),
  /** Unique among the plan's subtitles: RFC 8216 4.3.4.1.1 asks it of NAME in a group. */
  name: z.string(),
  isDefault: z.boolean(),
  /** True for what even those need who understand what is spoken. */
  isForced: z.boolean(),
});
export type SubtitleRendition = z.infer<typeof SubtitleRenditionSchema>;

/** Subtitles that are text; the others are pictures, which nothing here can read. */
const TEXT_CODECS = ['subrip', 'ass', 'ssa', 'mov_text', 'webvtt', 'text'];

/** Further text tracks of a source are left out. */
const MAX_TRACKS = 32;

/** Decides which text tracks of a source are shown, and under which names. */
export function planSubtitles(tracks: readonly SubtitleTrack[]): SubtitleRendition[] {
  const texts = tracks.filter(({ codec }) => TEXT_CODECS.includes(codec)).slice(0, MAX_TRACKS);
  const names = new Set<string>();
  const preferred = texts.findIndex((track) => track.isDefault);
  return texts.map((track, position) => ({
    folder: track.language ? `s${position}-${track.language}` : `s${position}`,
    streamIndex: track.index,
    format: track.codec === 'ass' || track.codec === 'ssa' ? 'ass' : 'srt',
    language: track.language,
    name: trackName(track, `Subtitles ${position + 1}`, names),
    // RFC 8216 4.3.4.1.1 allows one default in a group, or none.
    isDefault: position === preferred,
    isForced: track.isForced,
  }));
}
