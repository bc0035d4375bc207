import { parseForeignPlaylist } from '../../../src/media/foreign-playlist.js';

const HEAD = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:2\n';
const MAP = '#EXT-X-MAP:URI="init.mp4"\n';
const SEGMENT = '#EXTINF:2.0,\npart1.m4s\n';
const END = '#EXT-X-ENDLIST\n';

test('a whole playlist in fragmented MP4 is read, whatever else it says', () => {
  const more =
    '#EXT-X-KEY:METHOD=NONE\n#EXT-X-PROGRAM-DATE-TIME:2026-03-01T08:15:30Z\n# a remark\n';
  const list = parseForeignPlaylist(
    `${HEAD}${more}${MAP}${SEGMENT}${END}`.replaceAll('\n', '\r\n'),
  );
  expect(list).toEqual({
    initUri: 'init.mp4',
    ended: true,
    segments: [{ uri: 'part1.m4s', durationSeconds: 2 }],
  });
});

const REFUSED: readonly (readonly [what: string, text: string, reason: RegExp])[] = [
  ['that is none', 'hello', /init segment/],
  ['without an end', HEAD + MAP + SEGMENT, /no end/],
  ['without a segment', HEAD + MAP + END, /no segment/],
  ['without an init segment', HEAD + SEGMENT + END, /init segment/],
  ['with two of them', HEAD + MAP + MAP + SEGMENT + END, /init segment/],
  [
    'with a part of a file',
    `${HEAD}${MAP}#EXT-X-BYTERANGE:5@0\n${SEGMENT}${END}`,
    /file of its own/,
  ],
  ['with a key', `${HEAD}${MAP}#EXT-X-KEY:METHOD=AES-128,URI="k"\n${SEGMENT}${END}`, /encrypted/],
  ['that jumps', `${HEAD}${MAP}${SEGMENT}#EXT-X-DISCONTINUITY\n${SEGMENT}${END}`, /discontinuity/],
  ['of variants', `${HEAD}${MAP}#EXT-X-STREAM-INF:BANDWIDTH=1\n${SEGMENT}${END}`, /variants/],
  ['that lists a segment twice', HEAD + MAP + SEGMENT + SEGMENT + END, /twice/],
  ...['../part1.m4s', '/part1.m4s', 'http://a/b.m4s', 'part1.m4s?x', '.hidden', '%2e%2e/a'].map(
    (uri) =>
      [`of ${uri}`, HEAD + MAP + SEGMENT.replace('part1.m4s', uri) + END, /plain path/] as const,
  ),
];

test.each(REFUSED)('a playlist %s is refused', (_, text, reason) => {
  expect(() => parseForeignPlaylist(text)).toThrow(SyntaxError);
  expect(() => parseForeignPlaylist(text)).toThrow(reason);
});
