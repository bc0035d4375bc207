import fc from 'fast-check';
import { encodedFrameRate, framesPerSecond } from '../../../src/media/frame-rate.js';

const rate = (frameRate?: number, nominalFrameRate?: number) => {
  const { numerator, denominator } = encodedFrameRate({ frameRate, nominalFrameRate }, 60);
  return `${numerator}/${denominator}`;
};

describe('the encoded frame rate', () => {
  it.each([
    ['a whole rate is kept', 25, 25, '25/1'],
    ['NTSC is kept exactly', 29.97002997, 29.97002997, '30000/1001'],
    ['film on NTSC is kept exactly', 23.976, 23.976, '24000/1001'],
    ['120 becomes 60', 120, 120, '60/1'],
    ['119.88 becomes 59.94', 119.88, 119.88, '60000/1001'],
    ['144 becomes 48', 144, 144, '48/1'],
    ['a clock finer than frames is ignored', 25, 375, '25/1'],
    ['a varying source gets the rate of its grid', 21.3, 60, '30/1'],
    ['a phone in the dark keeps 30', 28.7, 30, '30/1'],
    ['a millisecond clock is moved up to a standard rate', 27.3, undefined, '30000/1001'],
    ['a slide show gets one frame a second', 0.5, 0.5, '1/1'],
    ['an unknown rate becomes 30', undefined, undefined, '30/1'],
  ])('%s', (_, average, nominal, expected) => expect(rate(average, nominal)).toBe(expected));

  it('lies between 1 and the maximum, whatever the source says', () => {
    const any = fc.option(fc.double({ min: 0.01, max: 500, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(any, any, (frameRate, nominalFrameRate) => {
        const fps = framesPerSecond(encodedFrameRate({ frameRate, nominalFrameRate }, 60));
        expect(fps).toBeGreaterThan(0.5);
        expect(fps).toBeLessThanOrEqual(60);
      }),
    );
  });
});
