import { ToolFailure } from '../../../src/media-tools/tool-failure.js';
import { MediaFault } from '../../../src/media/media-fault.js';
import { DEFAULT_ENCODING_SETTINGS } from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import { limitsAfter } from '../../../src/pipeline/plan-limits.js';
import { source } from '../media/sources.js';

const keyFrames = { frames: 150, seconds: 6, longestGapSeconds: 3 };
const known = { profile: 'High', pixelFormat: 'yuv420p', bitrateBps: 9000, keyFrames };
const planOf = (encoder: 'x264' | 'nvenc', remux: boolean) =>
  planEncoding(source(remux ? { video: known } : {}), {
    ...DEFAULT_ENCODING_SETTINGS,
    encoders: [encoder],
  });

const damaged = new MediaFault('source.damaged');
const crashed = new ToolFailure({
  ...{ tool: 'ffmpeg', reason: 'exit', exitCode: 1, signal: null, logTail: [] },
});

describe('after a failure', () => {
  it('a source is to blame where the plan took no chances', () => {
    expect(limitsAfter(planOf('x264', false), damaged)).toBeUndefined();
  });

  it('the bitstream is given up first, then the hardware', () => {
    const without = { remux: false, anyEncoder: true };
    expect(limitsAfter(planOf('nvenc', true), damaged)).toEqual(without);
    expect(limitsAfter(planOf('nvenc', false), damaged)).toEqual({
      remux: false,
      anyEncoder: false,
    });
    expect(limitsAfter(planOf('x264', true), damaged)).toEqual({ remux: false, anyEncoder: false });
  });

  it.each([crashed, new RangeError('There is no key frame for 9 s.')])(
    'hardware is given up for what is no fault of the source: %s',
    (error) => {
      expect(limitsAfter(planOf('nvenc', true), error)).toEqual({ remux: true, anyEncoder: false });
      expect(limitsAfter(planOf('x264', true), error)).toBeUndefined();
    },
  );

  it('a storage that fails says nothing about the plan', () => {
    expect(limitsAfter(planOf('nvenc', true), new Error('ENOSPC'))).toBeUndefined();
  });
});
