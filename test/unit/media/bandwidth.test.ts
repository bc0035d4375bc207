import fc from 'fast-check';
import { measureBandwidth } from '../../../src/media/bandwidth.js';

const anySegments = fc.array(
  fc.record({
    bytes: fc.integer({ min: 0, max: 10_000_000 }),
    durationSeconds: fc.double({ min: 0.02, max: 6, noNaN: true }),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('the measured bandwidth', () => {
  it('is the largest rate of a run of half to one and a half target durations', () => {
    const segments = [
      { bytes: 500_000, durationSeconds: 4 },
      { bytes: 1_000_000, durationSeconds: 4 },
      { bytes: 400_000, durationSeconds: 1 },
    ];
    // The last second alone is too short a run; with the segment before it, it is the peak.
    expect(measureBandwidth(segments, 4)).toEqual({
      peakBps: 2_240_000,
      averageBps: Math.ceil((1_900_000 * 8) / 9),
    });
  });

  it('is the average of a title that is shorter than any run', () => {
    expect(measureBandwidth([{ bytes: 1000, durationSeconds: 0.2 }], 4)).toEqual({
      peakBps: 40_000,
      averageBps: 40_000,
    });
  });

  it('has a peak between its average and its dearest segment', () => {
    fc.assert(
      fc.property(anySegments, (segments) => {
        const { peakBps, averageBps } = measureBandwidth(segments, 4);
        const dearest = Math.max(...segments.map((s) => (s.bytes * 8) / s.durationSeconds));
        expect(peakBps).toBeGreaterThanOrEqual(averageBps);
        expect(peakBps).toBeLessThanOrEqual(Math.ceil(dearest) + 1);
      }),
    );
  });

  it('needs a segment that lasts', () => {
    expect(() => measureBandwidth([], 4)).toThrow(RangeError);
    expect(() => measureBandwidth([{ bytes: 1, durationSeconds: 0 }], 4)).toThrow(RangeError);
  });
});
