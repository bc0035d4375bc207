import { positionSettings } from './ass-text.js';
import { clockSeconds, SRT_TIME } from './clock-time.js';
import { Findings, linesOfFile, type Line, type ParsedSubtitles } from './cue.js';
import { styleNamed, StyledText } from './styled-text.js';

const COUNTER = /^\d{1,9}$/;
const ARROW = '-->';

/** Reads SubRip, with the tags people use in it: `<i>`, `<b>`, `<u>`, `<font>` and `{\an8}`. */
export function parseSrt(text: string): ParsedSubtitles {
  const lines = linesOfFile(text);
  const found = new Findings();
  let at = 0;
  while (at < lines.length && !found.full) {
    if (isBlank(lines[at])) at += 1;
    else at = readBlock(lines, at, found);
  }
  return { cues: found.cues, faults: found.faults };
}

/** Reads what begins at a line, and returns where the next thing begins. */
function readBlock(lines: string[], start: number, found: Findings): number {
  const timesAt = startsCue(lines, start);
  if (timesAt === undefined) {
    found.fault(start + 1, 'a cue begins with its times: 00:01:02,000 --> 00:01:04,500');
    return endOfText(lines, start, found);
  }
  const times = timesOf(lines[timesAt] ?? '');
  const end = endOfText(lines, timesAt + 1, found);
  const text = lines.slice(timesAt + 1, end);
  if (!times) {
    found.fault(timesAt + 1, 'the times are not written like 00:01:02,000 --> 00:01:04,500');
  } else if (found.isReadable(text, timesAt + 1)) {
    found.add({ ...times, ...cueText(text.join('\n')) }, timesAt + 1);
  }
  return end;
}

/** Where the times of the cue are that begins here, with its number or without. */
function startsCue(lines: string[], at: number): number | undefined {
  if (lines[at]?.includes(ARROW)) return at;
  const numbered = COUNTER.test(lines[at]?.trim() ?? '') && lines[at + 1]?.includes(ARROW);
  return numbered ? at + 1 : undefined;
}

function endOfText(lines: string[], from: number, found: Findings): number {
  let at = from;
  while (at < lines.length && !isBlank(lines[at])) {
    if (startsCue(lines, at) !== undefined) {
      found.fault(at + 1, 'a blank line is missing before this cue');
      break;
    }
    at += 1;
  }
  return at;
}

/** Coordinates after the times, which some programs write, are ignored. */
function timesOf(line: string): { startSeconds: number; endSeconds: number } | undefined {
  const [before = '', after = ''] = line.split(ARROW, 2);
  const startSeconds = clockSeconds(before.trim(), SRT_TIME);
  const endSeconds = clockSeconds(after.trim().split(/\s/, 1)[0] ?? '', SRT_TIME);
  return startSeconds === undefined || endSeconds === undefined
    ? undefined
    : { startSeconds, endSeconds };
}

/** Neither runs over the beginning of another tag, so all of a text is looked at about once. */
const TAG = /<(\/?)([bius]|font)(?:\s[^<>]{0,200})?>/iy;
const OVERRIDE = /\{\\[^{}]{0,200}\}/y;

function cueText(raw: string): { lines: Line[]; settings?: string } {
  const text = new StyledText();
  let settings: string | undefined;
  let from = 0;
  const opening = /[<{]/g;
  for (let match = opening.exec(raw); match; match = opening.exec(raw)) {
    const { index } = match;
    const tag = matchAt(TAG, raw, index);
    const override = matchAt(OVERRIDE, raw, index);
    const [whole] = tag ?? override ?? [];
    if (whole === undefined) continue;
    text.append(raw.slice(from, index));
    const style = styleNamed(tag?.[2]);
    if (style) {
      if (tag?.[1] === '') text.open(style);
      else text.close(style);
    }
    if (override) settings ??= positionSettings(whole);
    from = index + whole.length;
    opening.lastIndex = from;
  }
  text.append(raw.slice(from));
  return { lines: text.lines(), ...(settings === undefined ? {} : { settings }) };
}

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

function isBlank(line: string | undefined): boolean {
  return line === undefined || line.trim() === '';
}
