import fc from 'fast-check';
import { faultOf, LONGEST_COMMENT, tidyText } from '../../../src/library/comments/comment.js';

test('blanks around a text go, and line breaks become one kind', () => {
  expect(tidyText(' \r\nOne\r\ntwo\n ')).toBe('One\ntwo');
});

test('a text may hold everything people write', () => {
  for (const text of ['Hi!', 'Schön, oder?', '好きです', 'مرحبا', '👩‍👩‍👧‍👦', '<script>', 'a\nb']) {
    expect([text, faultOf(text)]).toEqual([text, undefined]);
  }
});

test('whatever passes is short, visible, and free of control characters', () => {
  const unit = fc.oneof(
    fc.constantFrom(
      '\u0000',
      '\u001b',
      '\u0085',
      '\u007f',
      '\t',
      '\ud800',
      '\u200b',
      '\u00a0',
      '\n',
    ),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
      const text = tidyText(units.join(''));
      if (faultOf(text) !== undefined) return;
      expect(Buffer.from(text).toString()).toBe(text);
      expect(text.trim()).toBe(text);
      expect(/\p{Cc}/u.test(text.replaceAll('\n', ''))).toBe(false);
      expect(/\S/.test(text.replaceAll('\u200b', ''))).toBe(true);
    }),
  );
});

test('characters are what people count, not their halves', () => {
  expect(faultOf('🎬'.repeat(LONGEST_COMMENT))).toBeUndefined();
  expect(faultOf('x'.repeat(LONGEST_COMMENT + 1))).toContain('2000');
});
