import { clockSeconds, WEBVTT_TIME } from './clock-time.js';
import { Findings, linesOfFile, type Line, type ParsedSubtitles } from './cue.js';
import { styleNamed, StyledText } from './styled-text.js';

const ARROW = '-->';

/** Blocks of a file that are no cues: comments, style sheets, regions. They are left out. */
const OTHER_BLOCK = /^(?:NOTE|STYLE|REGION)(?:[ \t]|$)/;

/**
 * Reads WebVTT (https://www.w3.org/TR/webvtt1/), more strictly than a browser would. Classes, voices,
 * ruby and style sheets are left out.
 */
export function parseWebvtt(text: string): ParsedSubtitles {
  const lines = linesOfFile(text);
  const found = new Findings();
  if (!/^WEBVTT(?:[ \t]|$)/.test(lines[0] ?? '')) {
    found.fault(1, 'the first line has to be WEBVTT');
  }
  let at = endOfBlock(lines, 1, found);
  while (at < lines.length && !found.full) {
    if (lines[at] === '') at += 1;
    else at = readBlock(lines, at, found);
  }
  return { cues: found.cues, faults: found.faults };
}

/** Reads what begins at a line, and returns where the next thing begins. */
function readBlock(lines: string[], start: number, found: Findings): number {
  const first = lines[start] ?? '';
  const timesAt = [start, start + 1].find((at) => lines[at]?.includes(ARROW));
  if (timesAt === undefined) {
    if (!OTHER_BLOCK.test(first)) {
      found.fault(start + 1, 'a cue begins with its times: 00:01:02.000 --> 00:01:04.500');
    }
    return endOfBlock(lines, start + 1, found);
  }
  const end = endOfBlock(lines, timesAt + 1, found);
  readCue(lines.slice(timesAt, end), timesAt + 1, found);
  return end;
}

/** A block ends at an empty line; strictly before times as well, as they begin another cue. */
function endOfBlock(lines: string[], from: number, found: Findings): number {
  let at = from;
  while (at < lines.length && lines[at] !== '') {
    if (lines[at]?.includes(ARROW)) {
      found.fault(at + 1, 'an empty line is missing before this cue');
      break;
    }
    at += 1;
  }
  return at;
}

function readCue([timing = '', ...text]: string[], number: number, found: Findings): void {
  const [before = '', after = ''] = timing.split(ARROW, 2);
  const [end = '', ...settings] = after.trim().split(/[ \t]+/);
  const startSeconds = clockSeconds(before.trim(), WEBVTT_TIME);
  const endSeconds = clockSeconds(end, WEBVTT_TIME);
  if (startSeconds === undefined || endSeconds === undefined) {
    found.fault(number, 'the times are not written like 00:01:02.000 --> 00:01:04.500');
    return;
  }
  if (!found.isReadable(text, number)) return;
  const wrong = settings.find((setting) => !isSetting(setting));
  if (wrong !== undefined) {
    found.fault(number, `${wrong.slice(0, 40)} is no setting of a cue`);
    return;
  }
  // Regions are left out, and with them what refers to them.
  const kept = settings.filter((setting) => !setting.startsWith('region:')).join(' ');
  const lines = cueText(text.join('\n'), number + 1, found);
  found.add({ startSeconds, endSeconds, lines, ...(kept && { settings: kept }) }, number);
}

const PERCENTAGE = /^(?:100(?:\.0{1,9})?|\d{1,2}(?:\.\d{1,9})?)%$/;

/** https://www.w3.org/TR/webvtt1/#webvtt-cue-settings-list */
function isSetting(setting: string): boolean {
  const colon = setting.indexOf(':');
  const value = setting.slice(colon + 1);
  const [amount = '', alignment, more] = value.split(',', 3);
  const aligned = (names: RegExp) =>
    more === undefined && (alignment === undefined || names.test(alignment));
  switch (setting.slice(0, Math.max(0, colon))) {
    case 'vertical':
      return /^(?:rl|lr)$/.test(value);
    case 'line':
      return (
        (PERCENTAGE.test(amount) || /^-?\d{1,4}$/.test(amount)) && aligned(/^(?:start|center|end)$/)
      );
    case 'position':
      return PERCENTAGE.test(amount) && aligned(/^(?:line-left|center|line-right)$/);
    case 'size':
      return PERCENTAGE.test(value);
    case 'align':
      return /^(?:start|center|end|left|right)$/.test(value);
    case 'region':
      return value !== '';
    default:
      return false;
  }
}

const REFERENCE = /&(?:(amp|lt|gt|nbsp|lrm|rlm)|#(\d{1,7})|#x([0-9a-f]{1,6}));/iy;

function cueText(raw: string, number: number, found: Findings): Line[] {
  const text = new StyledText();
  const special = /[<&]/g;
  let from = 0;
  for (let match = special.exec(raw); match; match = special.exec(raw)) {
    const { index } = match;
    if (match[0] === '&') {
      REFERENCE.lastIndex = index;
      const reference = REFERENCE.exec(raw);
      if (!reference) continue;
      text.append(raw.slice(from, index) + characterOf(reference));
      from = REFERENCE.lastIndex;
    } else {
      text.append(raw.slice(from, index));
      const end = raw.indexOf('>', index);
      if (end === -1) {
        found.fault(number + raw.slice(0, index).split('\n').length - 1, 'a tag is not closed');
        return text.lines();
      }
      applyTag(raw.slice(index + 1, end), text);
      from = end + 1;
    }
    special.lastIndex = from;
  }
  text.append(raw.slice(from));
  return text.lines();
}

/** `i`, `/i`, and with classes `i.loud`; every other tag says nothing that is kept. */
function applyTag(tag: string, text: StyledText): void {
  const [, slash, name] = /^(\/?)([biu])(?=[.\s]|$)/.exec(tag) ?? [];
  const style = styleNamed(name);
  if (!style) return;
  if (slash === '') text.open(style);
  else text.close(style);
}

const CHARACTERS: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>' },
  ...{ nbsp: '\u00a0', lrm: '\u200e', rlm: '\u200f' },
};

function characterOf([whole, name, decimal, hexadecimal]: RegExpExecArray): string {
  if (name !== undefined) return CHARACTERS[name.toLowerCase()] ?? whole;
  const code = decimal === undefined ? Number(`0x${hexadecimal ?? ''}`) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}
