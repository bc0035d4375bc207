import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { extractedFile, subtitleArgs } from '../media/subtitle-args.js';
import type { SubtitleRendition } from '../media/subtitle-plan.js';
import { decodeText } from './decode-text.js';
import { runProcess } from './run-process.js';
import { ToolFailure } from './tool-failure.js';

export interface ExtractOptions {
  ffmpegPath: string;
  /** For reading the whole source; 30 min when absent. */
  limitSeconds?: number;
  memoryLimitBytes?: number;
  signal?: AbortSignal | undefined;
}

/** Where the source is, and an empty folder for what is taken out of it. */
export interface ExtractLocations {
  sourcePath: string;
  outputDirectory: string;
}

/**
 * Takes the text tracks out of a source: all in one go, or one by one where that fails, so that a damaged
 * track does not take the others with it.
 * @returns the texts by their folders, in SRT or ASS; a track that cannot be read has none
 * @throws ToolFailure when ffmpeg was stopped or could not be started
 */
export async function extractSubtitles(
  tracks: readonly SubtitleRendition[],
  locations: ExtractLocations,
  options: ExtractOptions,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const isWhole = await extract(tracks, locations, options);
  for (const track of tracks) {
    if (!isWhole && !(await extract([track], locations, options))) continue;
    const bytes = await readFile(path.join(locations.outputDirectory, extractedFile(track)));
    texts.set(track.folder, decodeText(bytes));
  }
  return texts;
}

/** False when ffmpeg could not make sense of the tracks. */
async function extract(
  tracks: readonly SubtitleRendition[],
  locations: ExtractLocations,
  { ffmpegPath, limitSeconds = 1800, ...options }: ExtractOptions,
): Promise<boolean> {
  const args = subtitleArgs(tracks, locations);
  try {
    await runProcess({ ...options, command: ffmpegPath, args, limitSeconds });
    return true;
  } catch (error) {
    const isOfSource = error instanceof ToolFailure && ['exit', 'timeout'].includes(error.reason);
    if (isOfSource) return false;
    throw error;
  }
}
