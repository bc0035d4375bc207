import { Metadata } from '@tus/server';
import fc from 'fast-check';
import { DomainError } from '../../../../src/common/domain-error.js';
import {
  parseMetadata,
  readMetadataHeader,
} from '../../../../src/ingest/resumable/upload-metadata.js';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** The code and the first field of what is thrown. */
function refusal(act: () => unknown): [string, string | undefined] | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return [error.code, error.errors?.[0]?.field];
  }
}

const key = fc.stringMatching(/^[A-Za-z_][\w.-]{0,20}$/).filter((name) => !(name in {}));
const value = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((text) => !text.includes('\0'));

test('whatever a client of the protocol writes is read again', () => {
  fc.assert(
    fc.property(fc.dictionary(key, value, { minKeys: 1 }), (pairs) => {
      const kept = Object.entries(pairs).map(([name, text]) => [name, text === '' ? null : text]);
      expect(readMetadataHeader(Metadata.stringify(pairs))).toEqual(Object.fromEntries(kept));
    }),
  );
});

test('any other header is refused, and never with anything but a problem', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 80 }), (header) => {
      const refused = refusal(() => readMetadataHeader(header));
      if (refused) expect(refused[0]).toBe('request.invalid');
    }),
  );
});

test('what the protocol’s own parser refuses is refused', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-c =,+/A-C\d]{0,20}$/), (header) => {
      let isFine = true;
      try {
        Metadata.parse(header);
      } catch {
        isFine = false;
      }
      if (!isFine) expect(refusal(() => readMetadataHeader(header))).toBeDefined();
    }),
  );
});

test.each([
  ['', 'Upload-Metadata'],
  ['filename', undefined],
  [`filename ${base64('a.mp4')} more`, 'Upload-Metadata'],
  ['filename Zg', 'filename'],
  ['filename Z===', 'filename'],
  [`title ${Buffer.from([0xff]).toString('base64')}`, 'title'],
  [`title ${base64('a\0b')}`, 'title'],
  [`a ${base64('1')},a ${base64('2')}`, 'a'],
  [`ä ${base64('1')}`, 'Upload-Metadata'],
  [`a ${base64('1')},`, 'Upload-Metadata'],
])('%j is refused for %s', (header, field) => {
  expect(refusal(() => readMetadataHeader(header))?.[1]).toBe(field);
});

describe('what it says', () => {
  const filename = 'film.mp4';

  test('is the fields of an upload form, and the name and type of the file', () => {
    expect(
      parseMetadata({
        ...{ filename, filetype: 'Video/MP4; codecs="avc1"', title: 'A film', tags: 'a, b' },
        ...{ visibility: 'PRIVATE', allow_duplicate: 'true', language: null },
      }),
    ).toEqual({
      ...{ filename, filetype: 'video/mp4', title: 'A film', genres: [], tags: ['a', 'b'] },
      ...{ visibility: 'PRIVATE', allow_duplicate: true, language: undefined },
    });
  });

  test('is little when the client says little', () => {
    expect(parseMetadata({ filename })).toMatchObject({
      filetype: 'application/octet-stream',
      visibility: 'PUBLIC',
      allow_duplicate: false,
    });
    expect(parseMetadata({ filename, filetype: '' }).filetype).toBe('application/octet-stream');
  });

  test.each([
    [{}, ['request.invalid', 'filename']],
    [{ filename: ' ' }, ['request.invalid', 'filename']],
    [{ filename: 'x'.repeat(256) }, ['request.invalid', 'filename']],
    [{ filename, colour: 'red' }, ['request.invalid', 'Upload-Metadata']],
    [{ filename, visibility: 'ALL' }, ['request.invalid', 'visibility']],
    [{ filename, filetype: 'text/html' }, ['request.unsupported_media_type', 'filetype']],
    [{ filename, filetype: 'image/png' }, ['request.unsupported_media_type', 'filetype']],
  ])('%j is refused', (pairs, expected) => {
    expect(refusal(() => parseMetadata(pairs as Record<string, string>))).toEqual(expected);
  });
});
