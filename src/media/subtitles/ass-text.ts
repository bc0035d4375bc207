import type { Line } from './cue.js';
import { styleNamed, StyledText } from './styled-text.js';

/**
 * The text of an ASS dialogue. Of its override tags `{\…}` italics, bold, underline and the place at
 * the top are kept; drawings, `{\p1}m 0 0 l …`, are left out.
 */
export function assText(raw: string): { lines: Line[]; settings?: string } {
  const text = new StyledText();
  let settings: string | undefined;
  let drawing = false;
  let from = 0;
  while (from < raw.length) {
    const open = raw.indexOf('{', from);
    const close = open === -1 ? -1 : raw.indexOf('}', open);
    // A brace that nothing closes is a brace.
    const end = close === -1 ? raw.length : open;
    if (!drawing) text.append(unescaped(raw.slice(from, end)));
    if (close === -1) break;
    const block = raw.slice(open, close + 1);
    settings ??= positionSettings(block);
    drawing = overridden(block, text, drawing);
    from = close + 1;
  }
  return { lines: text.lines(), ...(settings === undefined ? {} : { settings }) };
}

/** The WebVTT settings for the place an override block asks for; undefined for the usual one. */
export function positionSettings(block: string): string | undefined {
  if (/\\an[789](?!\d)|\\a(?:5|6|7)(?!\d)/.test(block)) return 'line:0';
  return undefined;
}

/** Applies the tags of one block; returns whether what follows is a drawing. */
function overridden(block: string, text: StyledText, wasDrawing: boolean): boolean {
  let drawing = wasDrawing;
  for (const [, name, value = ''] of block.matchAll(/\\([biupr])(\d{0,4})(?![a-z])/g)) {
    const style = styleNamed(name);
    // A bold of 1 is on; larger values are weights, of which 700 is bold.
    if (style) text.set(style, value === '1' || Number(value) >= 600);
    else if (name === 'p') drawing = Number(value) > 0;
    else for (const each of ['b', 'i', 'u'] as const) text.set(each, false);
  }
  return drawing;
}

function unescaped(text: string): string {
  return text.replace(/\\[Nnh]/g, (escape) => ESCAPES[escape] ?? escape);
}

/** A soft break, `\n`, is a space unless the file asks for lines that are never wrapped. */
const ESCAPES: Readonly<Record<string, string>> = { '\\N': '\n', '\\n': ' ', '\\h': '\u00a0' };
