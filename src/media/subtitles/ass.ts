import { assText } from './ass-text.js';
import { ASS_TIME, clockSeconds } from './clock-time.js';
import { Findings, linesOfFile, type ParsedSubtitles } from './cue.js';

/** The columns of SSA and ASS alike, where a file does not name them. */
const USUAL_COLUMNS = [
  ...['layer', 'start', 'end', 'style', 'name', 'marginl', 'marginr', 'marginv', 'effect', 'text'],
];
const MAX_COLUMNS = 50;
const OTHER_EVENTS = ['comment', 'picture', 'sound', 'movie', 'command'];

/** Reads the dialogues of Advanced SubStation Alpha, and of SubStation Alpha before it. */
export function parseAss(text: string): ParsedSubtitles {
  const found = new Findings();
  let columns = USUAL_COLUMNS;
  let section = '';
  let hasEvents = false;
  for (const [at, raw] of linesOfFile(text).entries()) {
    if (found.full) break;
    const line = raw.trimStart();
    if (line.startsWith('[')) {
      section = line.trim().toLowerCase();
      hasEvents ||= section === '[events]';
    } else if (section === '[events]' && line !== '' && !line.startsWith(';')) {
      columns = readEvent(line, at + 1, columns, found);
    }
  }
  if (!hasEvents) found.fault(1, 'there is no section [Events]');
  return { cues: found.cues, faults: found.faults };
}

/** Returns the columns of the lines that follow. */
function readEvent(line: string, number: number, columns: string[], found: Findings): string[] {
  const colon = line.indexOf(':');
  const kind = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
  const rest = line.slice(colon + 1);
  if (kind === 'format') return columnsOf(rest, number, found) ?? columns;
  if (kind === 'dialogue') readDialogue(rest, number, columns, found);
  else if (!OTHER_EVENTS.includes(kind)) {
    found.fault(number, 'an event begins with Format:, Dialogue: or Comment:');
  }
  return columns;
}

function columnsOf(list: string, number: number, found: Findings): string[] | undefined {
  const columns = list.split(',', MAX_COLUMNS).map((name) => name.trim().toLowerCase());
  if (columns.includes('start') && columns.includes('end') && columns.at(-1) === 'text') {
    return columns;
  }
  found.fault(number, 'the format has to name Start and End, and Text as the last');
  return undefined;
}

function readDialogue(rest: string, number: number, columns: string[], found: Findings): void {
  const fields = splitAtMost(rest, columns.length);
  if (fields.length < columns.length) {
    found.fault(number, `a dialogue has ${columns.length} fields here, this one ${fields.length}`);
    return;
  }
  const time = (name: string) =>
    clockSeconds(fields[columns.indexOf(name)]?.trim() ?? '', ASS_TIME);
  const [startSeconds, endSeconds] = [time('start'), time('end')];
  if (startSeconds === undefined || endSeconds === undefined) {
    found.fault(number, 'the times are not written like 0:01:02.50');
    return;
  }
  const raw = fields.at(-1) ?? '';
  // Typesetters leave lines of no length behind, which nobody is meant to see.
  if (startSeconds === endSeconds) return;
  if (found.isReadable([raw], number)) {
    found.add({ startSeconds, endSeconds, ...assText(raw) }, number);
  }
}

/** The text, which comes last, may have commas of its own. */
function splitAtMost(text: string, count: number): string[] {
  const fields: string[] = [];
  let from = 0;
  while (fields.length < count - 1) {
    const comma = text.indexOf(',', from);
    if (comma === -1) break;
    fields.push(text.slice(from, comma));
    from = comma + 1;
  }
  return [...fields, text.slice(from)];
}
