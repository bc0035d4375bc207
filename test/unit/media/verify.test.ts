import type { SegmentList } from '../../../src/media/hls-media-playlist.js';
import { alignmentProblems, iFrameProblems, renditionProblems } from '../../../src/media/verify.js';

const list = (durations: number[], changes: Partial<SegmentList> = {}): SegmentList => ({
  segments: durations.map((durationSeconds, at) => ({ uri: `segment_${at}.m4s`, durationSeconds })),
  ended: true,
  initUri: 'init.mp4',
  ...changes,
});
const expected = { durationSeconds: 10, segmentSeconds: 4 };

describe('a finished rendition', () => {
  it('may be published when it plays as long as its source, within a segment', () => {
    expect(renditionProblems(list([4, 4, 2]), expected)).toEqual([]);
    expect(renditionProblems(list([4, 2.1]), expected)).toEqual([]);
  });

  it.each([
    ['has no end', list([4, 4, 2], { ended: false })],
    ['no init segment', list([4, 4, 2], { initUri: undefined })],
    ['lasts 6.100 s', list([6.1, 4])],
    ['plays 4.000 s of a source of 10.000 s', list([4])],
    ['plays 16.000 s', list([4, 4, 4, 4])],
    ['lists no segment', list([])],
  ])('may not when it %s', (words, segments) => {
    expect(renditionProblems(segments, expected).join(' ')).toContain(words);
  });

  it('may not when it lists a segment twice', () => {
    const twice = list([4, 4]);
    twice.segments.forEach((segment) => (segment.uri = 'a.m4s'));
    expect(renditionProblems(twice, expected)).toEqual(['The playlist lists a segment twice.']);
  });

  it('is cut where the other rungs are', () => {
    const rungs = (other: number[]) =>
      new Map([
        ['v240p', list([4, 4, 2])],
        ['v360p', list(other)],
      ]);
    expect(alignmentProblems(rungs([4, 4, 2]))).toEqual([]);
    expect(alignmentProblems(rungs([4, 2, 4]))).toEqual(['v360p is not cut where v240p is.']);
    expect(alignmentProblems(rungs([4, 4]))).toHaveLength(1);
  });
});

describe('an I-frame playlist', () => {
  const iFrames = (durations: number[], changes = {}) => {
    const made = list(durations);
    made.segments.forEach((s) =>
      Object.assign(s, { byteRange: { start: 0, bytes: 9 }, ...changes }),
    );
    return made;
  };

  it('lasts as long as its rendition, within ranges of its segments', () => {
    expect(iFrameProblems(iFrames([4, 4, 2]), list([4, 4, 2]))).toEqual([]);
  });

  it.each([
    ['is empty', iFrames([]), 'There is no I-frame.'],
    ['means whole segments', list([4, 4, 2]), 'has no range'],
    ['ends early', iFrames([4, 4]), 'last 8.000 s of 10.000 s'],
    ['names other files', iFrames([4, 4, 2], { uri: 'other.m4s' }), 'lies in other.m4s'],
  ])('may not be published when it %s', (_, iFrameList, words) => {
    expect(iFrameProblems(iFrameList, list([4, 4, 2])).join(' ')).toContain(words);
  });
});
