import { parseAss } from './ass.js';
import { linesOfFile, type ParsedSubtitles } from './cue.js';
import { parseSrt } from './srt.js';
import { parseWebvtt } from './webvtt-reader.js';

export type SubtitleFormat = 'srt' | 'webvtt' | 'ass';

/** Longest text that is read, in UTF-16 units; a film's subtitles have about 100,000. */
const MAX_CHARACTERS = 5 * 1024 * 1024;

/** How far into a file its first times are looked for. */
const LINES_LOOKED_AT = 1000;

const PARSERS: Readonly<Record<SubtitleFormat, (text: string) => ParsedSubtitles>> = {
  srt: parseSrt,
  webvtt: parseWebvtt,
  ass: parseAss,
};

/**
 * Reads subtitles of any known format, told by their content. Never throws: what is wrong is told line
 * by line, and that there is nothing to show is a fault as well.
 */
export function readSubtitles(text: string): ParsedSubtitles {
  const refused = (message: string) => ({ cues: [], faults: [{ line: 1, message }] });
  if (text.length > MAX_CHARACTERS) return refused('the text is too long');
  const format = subtitleFormat(text);
  if (!format) return refused('these are no subtitles in SRT, WebVTT or ASS');
  const parsed = PARSERS[format](text);
  const isEmpty = parsed.cues.length === 0 && parsed.faults.length === 0;
  return isEmpty ? refused('there is no text to show') : parsed;
}

/** The format that a text is in; undefined when it looks like none. */
export function subtitleFormat(text: string): SubtitleFormat | undefined {
  const lines = linesOfFile(text.slice(0, MAX_CHARACTERS)).slice(0, LINES_LOOKED_AT);
  const first = lines.find((line) => line.trim() !== '')?.trim() ?? '';
  if (/^WEBVTT(?:\s|$)/.test(first)) return 'webvtt';
  if (/^\[(?:Script Info|V4\+? Styles|Events)\]/i.test(first)) return 'ass';
  if (lines.some((line) => line.includes('-->'))) return 'srt';
  const isAss = lines.some((line) => /^\[(?:Script Info|Events)\]/i.test(line.trimStart()));
  return isAss ? 'ass' : undefined;
}
