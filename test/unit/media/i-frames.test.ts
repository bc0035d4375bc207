import { iFrames } from '../../../src/media/i-frames.js';

describe('the I-frames of a rendition', () => {
  const fragment = (startTicks: number, isKey = true) => ({
    startTicks,
    durationTicks: 100,
    keyFrame: isKey ? { start: 0, bytes: 50 } : undefined,
  });

  it('last until the next one that can be fetched by itself, or to the end', () => {
    const segments = [
      { uri: 'a.m4s', fragments: [fragment(0), fragment(100, false)] },
      { uri: 'b.m4s', fragments: [fragment(200)] },
    ];
    expect(iFrames(segments, 100)).toEqual([
      { uri: 'a.m4s', durationSeconds: 2, byteRange: { start: 0, bytes: 50 } },
      { uri: 'b.m4s', durationSeconds: 1, byteRange: { start: 0, bytes: 50 } },
    ]);
    expect(iFrames([], 100)).toEqual([]);
  });
});
