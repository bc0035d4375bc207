import { analyse } from 'chardet';

/** How much of a text is looked at to guess its encoding. */
const SAMPLE_BYTES = 64 * 1024;

/** Share of zero bytes on one side of the pairs from which on they are UTF-16. */
const UTF16_SHARE = 0.1;

const MARKS: readonly (readonly [mark: readonly number[], encoding: string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/** What chardet calls the encoding that {@link windows1252} reads, by either of its names. */
const WESTERN = ['windows-1252', 'ISO-8859-1'];

/** Its characters 0x80 to 0x9f, where ISO 8859-1 has controls; five are not in use. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ';

/** Controls that no text has: the bytes of another encoding. */
const C1_CONTROLS = /[\u0080-\u009f]/;

/**
 * The text of a file in any encoding: by its byte order mark, else as UTF-8 or UTF-16 where it is that,
 * else in the encoding its bytes look most like. Never throws; a byte order mark is not part of the text.
 */
export function decodeText(bytes: Uint8Array): string {
  const marked = MARKS.find(([mark]) => mark.every((byte, at) => bytes[at] === byte))?.[1];
  if (marked !== undefined) return new TextDecoder(marked).decode(bytes);
  const wide = utf16(bytes);
  const known = decoded(bytes, wide ?? 'utf-8');
  if (known !== undefined) return known;
  for (const encoding of guesses(bytes)) {
    if (WESTERN.includes(encoding)) break;
    const text = decoded(bytes, encoding);
    if (text !== undefined && !C1_CONTROLS.test(text)) return text;
  }
  // The last resort as well: every byte is a character in it.
  return windows1252(bytes);
}

/** Line feeds, digits and blanks have a zero byte on one side, in whatever script the text is. */
function utf16(bytes: Uint8Array): string | undefined {
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  const zeros = [0, 0];
  sample.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros.map((count) => (2 * count) / Math.max(1, sample.length));
  if (odd > UTF16_SHARE && odd > 4 * even) return 'utf-16le';
  if (even > UTF16_SHARE && even > 4 * odd) return 'utf-16be';
  return undefined;
}

/** Most likely first. */
function guesses(bytes: Uint8Array): string[] {
  return analyse(tellingLines(bytes)).map(({ name }) => name);
}

/** The lines with something beyond ASCII: times and numbers say nothing about an encoding. */
function tellingLines(bytes: Uint8Array): Uint8Array {
  const sample = new Uint8Array(Math.min(bytes.length, SAMPLE_BYTES));
  let filled = 0;
  for (let start = 0; start < bytes.length && filled < sample.length;) {
    const lineFeed = bytes.indexOf(0x0a, start);
    const end = lineFeed === -1 ? bytes.length : lineFeed + 1;
    const line = bytes.subarray(start, Math.min(end, start + sample.length - filled));
    if (line.some((byte) => byte > 0x7f)) {
      sample.set(line, filled);
      filled += line.length;
    }
    start = end;
  }
  return filled > 0 ? sample.subarray(0, filled) : bytes.subarray(0, SAMPLE_BYTES);
}

function decoded(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    // Not in this encoding, or one that this Node.js does not know.
    return undefined;
  }
}

/** By hand, as the TextDecoder of Node.js 20 reads ISO 8859-1 instead (nodejs/node#60888). */
function windows1252(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('latin1');
  return text.replace(/[\u0080-\u009f]/g, (control) => {
    return WINDOWS_1252.charAt(control.charCodeAt(0) - 0x80);
  });
}
