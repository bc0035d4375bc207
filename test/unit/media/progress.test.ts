import fc from 'fast-check';
import { PercentDone, ProgressParser } from '../../../src/media/progress.js';

const push = (text: string) => {
  const parser = new ProgressParser();
  return text.split('\n').flatMap((line) => parser.push(line) ?? []);
};

describe('progress', () => {
  it('reads the blocks of ffmpeg', () => {
    const blocks = push(
      'frame=50\nfps=25.00\nout_time_us=2000000\nspeed=3.04x\nprogress=continue\n' +
        'frame=150\nout_time_us=6016000\nspeed=N/A\nprogress=end\n',
    );
    expect(blocks).toEqual([
      { frame: 50, outTimeSeconds: 2, speed: 3.04, finished: false },
      { frame: 150, outTimeSeconds: 6.016, speed: undefined, finished: true },
    ]);
  });

  it('takes a time that is not known yet for zero', () => {
    expect(push('out_time_us=N/A\nprogress=continue')[0]?.outTimeSeconds).toBe(0);
    expect(push('out_time_us=-9223372036854775807\nprogress=continue')[0]?.outTimeSeconds).toBe(0);
  });

  it('survives any line', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (lines) => {
        const parser = new ProgressParser();
        for (const line of lines) parser.push(line);
      }),
    );
  });

  it('never goes back, stays within 0 and 100, and is 100 only at the end', () => {
    const times = fc.array(fc.double({ min: -10, max: 1e6, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(times, fc.double({ min: 0, max: 1e5, noNaN: true }), (outTimes, duration) => {
        const done = new PercentDone(duration);
        let before = 0;
        for (const outTimeSeconds of outTimes) {
          const now = done.after({ frame: 0, outTimeSeconds, speed: 1, finished: false });
          expect(now).toBeGreaterThanOrEqual(before);
          expect(now).toBeLessThan(100);
          before = now;
        }
        expect(done.after({ frame: 0, outTimeSeconds: 0, speed: 1, finished: true })).toBe(100);
      }),
    );
  });
});
