import fc from 'fast-check';
import { parseAss } from '../../../../src/media/subtitles/ass.js';
import {
  MAX_CUES,
  shiftCues,
  type Cue,
  type ParsedSubtitles,
} from '../../../../src/media/subtitles/cue.js';
import { readSubtitles, subtitleFormat } from '../../../../src/media/subtitles/read-subtitles.js';
import { parseSrt } from '../../../../src/media/subtitles/srt.js';
import { StyledText } from '../../../../src/media/subtitles/styled-text.js';
import { parseWebvtt } from '../../../../src/media/subtitles/webvtt-reader.js';
import { writeWebvtt } from '../../../../src/media/subtitles/webvtt-writer.js';
import { growth } from '../../../support/growth.js';
import { validCues } from '../../../support/webvtt.js';

/** Times and text of what was read, without faults. */
function shown({ cues, faults }: ParsedSubtitles): string[] {
  expect(faults).toEqual([]);
  return cues.map(({ startSeconds, endSeconds, lines }) => {
    const text = lines.map((line) => line.map((span) => span.text).join(''));
    return `${startSeconds}-${endSeconds} ${text.join('|')}`;
  });
}

/** The text of the first cue, as WebVTT. */
function firstText(parsed: ParsedSubtitles): string {
  return writeWebvtt(parsed.cues.slice(0, 1)).split('\n').slice(3, -1).join('\n');
}

const srtCue = (text: string) => `1\n00:00:01,000 --> 00:00:02,000\n${text}\n`;
const vttCue = (text: string) => `WEBVTT\n\n00:01.000 --> 00:02.000\n${text}\n`;
const assCue = (text: string) =>
  `[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n` +
  `Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,${text}\n`;

describe('SRT', () => {
  test('is read with either line ending, comma or point, and coordinates', () => {
    const text =
      '\uFEFF1\r\n00:00:01,500 --> 00:00:02,250\r\nOne\r\nTwo\r\n\r\n\r\n' +
      '2\r\n01:00:00.000 --> 01:00:01.5 X1:10 X2:20 Y1:1 Y2:2\r\nThree';
    expect(shown(parseSrt(text))).toEqual(['1.5-2.25 One|Two', '3600-3601.5 Three']);
  });

  test('may do without numbers, and may have cues without text', () => {
    const text = '00:00:01,000 --> 00:00:02,000\nA\n\n5\n00:00:03,000 --> 00:00:04,000\n\n';
    expect(shown(parseSrt(text))).toEqual(['1-2 A']);
  });

  test('keeps bold, italics and underline, and drops fonts', () => {
    const text = srtCue('<I>a</i> <font color="#ff0">b</font> 1 < 2 & {\\an8}<u>c\nd</u>');
    expect(firstText(parseSrt(text))).toBe('<i>a</i> b 1 &lt; 2 &amp; <u>c</u>\n<u>d</u>');
  });

  test('puts to the top what asks for it', () => {
    expect(parseSrt(srtCue('{\\an8}Above')).cues[0]?.settings).toBe('line:0');
  });

  test.each<[string, string, number, string]>([
    ['times that are no times', srtCue('A').replace('01,000', '01'), 2, 'the times are not'],
    ['a minute 60', srtCue('A').replace('00:00:02', '00:60:02'), 2, 'the times are not'],
    ['an end before its start', srtCue('A').replace('02,000', '00,500'), 2, 'the cue has to end'],
    ['a number without times', `${srtCue('A')}\n2\nB\n`, 5, 'a cue begins with its times'],
    ['cues run together', `${srtCue('A')}2\n00:00:03,000 --> 00:00:04,000\nB\n`, 4, 'a blank line'],
  ])('with %s is told by its line', (_, text, line, message) => {
    expect(parseSrt(text).faults).toEqual([
      { line, message: expect.stringContaining(message) as string },
    ]);
  });
});

describe('WebVTT', () => {
  test('is read with headers, comments, styles, identifiers and short times', () => {
    const text =
      'WEBVTT - a film\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\nNOTE by\nme\n\n' +
      'STYLE\n::cue { color: red }\n\nintro\n00:01.000 --> 00:02.500 align:start line:10%,end\nHello\n\n' +
      '100:00:00.000 --> 100:00:01.000\nLate\n';
    const parsed = parseWebvtt(text);
    expect(shown(parsed)).toEqual(['1-2.5 Hello', '360000-360001 Late']);
    expect(parsed.cues[0]?.settings).toBe('align:start line:10%,end');
  });

  test('keeps bold, italics and underline, and the text of every other tag', () => {
    const text = vttCue('<v Ann><i.loud>A</i> <00:01.500><c.red>b</c> &lt;&amp;&#x263a; AT&T');
    expect(firstText(parseWebvtt(text))).toBe('<i>A</i> b &lt;&amp;☺ AT&amp;T');
  });

  test.each<[string, string, number, string]>([
    ['another first line', vttCue('A').replace('WEBVTT', 'WEBVTTX'), 1, 'the first line'],
    ['commas in times', vttCue('A').replace('01.000', '01,000'), 3, 'the times are not'],
    ['unknown settings', vttCue('A').replace('02.000', '02.000 colour:red'), 3, 'colour:red is no'],
    ['a tag that is not closed', vttCue('A\nB <i'), 5, 'a tag is not closed'],
    ['text that is nowhere', `${vttCue('A')}\nB\n`, 6, 'a cue begins with its times'],
    ['cues run together', `${vttCue('A')}00:03.000 --> 00:04.000\nB\n`, 5, 'an empty line'],
  ])('with %s is told by its line', (_, text, line, message) => {
    expect(parseWebvtt(text).faults).toEqual([
      { line, message: expect.stringContaining(message) as string },
    ]);
  });
});

describe('ASS', () => {
  test('is read by the columns it names, with commas in its text', () => {
    const text =
      '[Script Info]\nTitle: x\n\n[V4 Styles]\nStyle: Default,1\n\n[Events]\n' +
      'Format: Start, End, Text\nComment: nothing\n' +
      'Dialogue: 0:00:01.50,0:00:02.25,One, two\\NThree\\hFour\nDialogue: 1:00:00.00,1:00:01.00,Five\n';
    expect(shown(parseAss(text))).toEqual(['1.5-2.25 One, two|Three\u00a0Four', '3600-3601 Five']);
  });

  test('loses its override tags but for bold, italics, underline and the top', () => {
    const text = assCue('{\\an8\\fs20\\i1}a{\\i0} {\\b1}b{\\r}c {\\bord2\\pos(1,2)}d {open');
    expect(firstText(parseAss(text))).toBe('<i>a</i> <b>b</b>c d {open');
    expect(parseAss(text).cues[0]?.settings).toBe('line:0');
  });

  test('loses drawings, and lines of no length', () => {
    expect(shown(parseAss(assCue('{\\p1}m 0 0 l 10 10{\\p0}')))).toEqual([]);
    expect(shown(parseAss(assCue('A').replace('0:00:02.00', '0:00:01.00')))).toEqual([]);
  });

  test.each<[string, string, number, string]>([
    ['no events', '[Script Info]\n', 1, 'there is no section [Events]'],
    ['bad times', assCue('A').replace('0:00:01.00', 'now'), 3, 'the times are not'],
    ['fields missing', '[Events]\nDialogue: 0,0:00:01.00\n', 2, 'a dialogue has 10 fields'],
    ['another order', '[Events]\nFormat: Text, Start, End\n', 2, 'the format has to name'],
    ['something else among its events', '[Events]\nDialog 1\n', 2, 'an event begins with'],
  ])('with %s is told by its line', (_, text, line, message) => {
    expect(parseAss(text).faults).toEqual([
      { line, message: expect.stringContaining(message) as string },
    ]);
  });
});

describe('the format of a file', () => {
  test('is told by its content', () => {
    expect(subtitleFormat(srtCue('A'))).toBe('srt');
    expect(subtitleFormat(`\uFEFF${vttCue('A')}`)).toBe('webvtt');
    expect(subtitleFormat(`\n${assCue('A')}`)).toBe('ass');
    expect(subtitleFormat('a --> b')).toBe('srt');
    expect(subtitleFormat('Dear diary')).toBeUndefined();
  });

  test('that is unknown, and a file without text, are faults', () => {
    for (const text of ['', 'Dear diary', 'WEBVTT\n', assCue('')]) {
      expect(readSubtitles(text)).toEqual({
        cues: [],
        faults: [{ line: 1, message: expect.any(String) as string }],
      });
    }
  });

  test('does not help a cue with too much text', () => {
    for (const cue of [srtCue, vttCue, assCue]) {
      for (const text of ['a'.repeat(6000), ...(cue === assCue ? [] : ['a\n'.repeat(60)])]) {
        expect(readSubtitles(cue(text)).faults).toEqual([
          { line: expect.any(Number) as number, message: 'the cue has too much text' },
        ]);
      }
    }
  });

  test('does not help a file with too many cues', () => {
    const text = `WEBVTT\n\n${'00:01.000 --> 00:02.000\nA\n\n'.repeat(MAX_CUES + 5)}`;
    const { cues, faults } = readSubtitles(text);
    expect([cues.length, faults.length]).toEqual([MAX_CUES, 1]);
  });
});

describe('an offset', () => {
  const cue: Cue = { startSeconds: 2, endSeconds: 4, lines: [[{ text: 'A', styles: [] }]] };

  test('moves cues to the millisecond', () => {
    expect(shiftCues([cue], 0.1)).toEqual([{ ...cue, startSeconds: 2.1, endSeconds: 4.1 }]);
  });

  test('cuts off what would come before the film', () => {
    expect(shiftCues([cue], -3)).toEqual([{ ...cue, startSeconds: 0, endSeconds: 1 }]);
    expect(shiftCues([cue], -4)).toEqual([]);
  });
});

const anyStyle = fc.constantFrom('b' as const, 'i' as const, 'u' as const);
const anyPiece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('<', '&amp;', '-->', 'NOTE', '\n', ' ', '</i>', '\u00a0', '{\\an8}'),
);
const anyLines = fc.array(fc.tuple(anyPiece, fc.array(anyStyle, { maxLength: 3 })), {
  minLength: 1,
  maxLength: 6,
});
const anySettings = fc.constantFrom(undefined, 'line:0', 'align:start position:10%,line-left');

const anyCue = fc
  .record({
    start: fc.nat(100_000_000),
    length: fc.integer({ min: 1, max: 100_000 }),
    pieces: anyLines,
    settings: anySettings,
  })
  .map(({ start, length, pieces, settings }): Cue => {
    const text = new StyledText();
    for (const [piece, styles] of pieces) {
      for (const style of styles) text.open(style);
      text.append(piece);
      for (const style of styles) text.close(style);
    }
    return {
      startSeconds: start / 1000,
      endSeconds: (start + length) / 1000,
      lines: text.lines(),
      ...(settings === undefined ? {} : { settings }),
    };
  })
  .filter(({ lines }) => lines.length > 0);

const anyCues = fc
  .array(anyCue, { maxLength: 10 })
  .map((cues) => cues.sort((one, other) => one.startSeconds - other.startSeconds));

/** Text that looks like subtitles, and then does not. */
const anyFile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        ...['\n', '\n\n', '1\n', 'WEBVTT\n\n', '[Events]\n', '00:00:01,000 --> 00:00:02,000\n'],
        ...[
          '00:01.000 --> 00:02.000',
          'Dialogue: 0,0:00:01.00,0:00:02.00,,,0,0,0,,',
          'NOTE',
          '-->',
        ],
        ...['<i>', '<', '&#x41;', '&', '{\\i1}', '{', '{\\p1}', '\\N', '\r', '\u2028', '\0'],
      ),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

describe('whatever there is to show', () => {
  test('what is written is read again as it was', () => {
    fc.assert(
      fc.property(anyCues, fc.boolean(), (cues, forHls) => {
        expect(parseWebvtt(writeWebvtt(cues, { forHls }))).toEqual({ cues, faults: [] });
      }),
    );
  });

  test('what is written is valid', () => {
    fc.assert(
      fc.property(anyCues, (cues) => {
        const read = validCues(writeWebvtt(cues));
        expect(read.map(({ startTime }) => startTime)).toEqual(
          cues.map(({ startSeconds }) => expect.closeTo(startSeconds, 3) as number),
        );
      }),
    );
  });

  test('what is read of any file is valid once it is written, and faults have a line', () => {
    fc.assert(
      fc.property(anyFile, fc.double({ min: -3600, max: 3600, noNaN: true }), (text, offset) => {
        for (const read of [parseSrt, parseWebvtt, parseAss, readSubtitles]) {
          const { cues, faults } = read(text);
          const lineCount = text.split(/\r\n|\r|\n/).length;
          for (const { line } of faults) {
            expect(line).toBeGreaterThanOrEqual(1);
            expect(line).toBeLessThanOrEqual(lineCount);
          }
          validCues(writeWebvtt(shiftCues(cues, offset)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('a file made to take long', () => {
  const size = 2 * 1024 * 1024;
  const patterns = [
    ...[
      '<',
      '{',
      '&',
      '<i',
      '<font ',
      '{\\',
      '{\\an8',
      '-->',
      '\n-->\n',
      '1\n',
      '<i>',
      '<!>',
      ',',
      ' ',
    ],
    ...['&#1', '[', ':', '0', '\t', '{\\b1}', '</b>', '\r', 'a\n\n', '-->\t', '00:', '\\N', '{}'],
  ];
  const heads = { srt: srtCue(''), webvtt: vttCue('').trimEnd() + '\n', ass: assCue('').trimEnd() };

  test.each(Object.entries(heads))('does not, as %s', (_, head) => {
    for (const pattern of patterns) {
      const read = (length: number) =>
        readSubtitles(`${head.trimEnd()}\n${pattern.repeat(length / pattern.length)}`);
      expect([pattern, growth(read, size - 500) < 10]).toEqual([pattern, true]);
    }
  });
});
