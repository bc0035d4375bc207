import fc from 'fast-check';
import { framesPerSecond, type FrameRate } from '../../../src/media/frame-rate.js';
import { planHoverPreview } from '../../../src/media/hover-preview.js';

const rate = (numerator: number, denominator = 1): FrameRate => ({ numerator, denominator });
const size = { width: 320, height: 180 };

describe('a hover preview', () => {
  it.each([
    ['a film', 100, rate(25), { startFrame: 500, endFrame: 575, frameStep: 2 }],
    ['an NTSC film', 100, rate(30000, 1001), { startFrame: 599, endFrame: 689, frameStep: 2 }],
    ['a game', 60, rate(60), { startFrame: 720, endFrame: 900, frameStep: 4 }],
    ['a slow show', 10, rate(12), { startFrame: 24, endFrame: 60, frameStep: 1 }],
    ['a clip hardly longer', 3.2, rate(25), { startFrame: 5, endFrame: 80, frameStep: 2 }],
    ['a clip that is shorter', 0.5, rate(30), { startFrame: 0, endFrame: 15, frameStep: 2 }],
    ['a picture', 0.04, rate(25), { startFrame: 0, endFrame: 1, frameStep: 2 }],
  ])('of %s', (_, seconds, frameRate, expected) => {
    expect(planHoverPreview(seconds, frameRate, size)).toEqual({ ...size, ...expected });
  });

  it('lies in the title, lasts three seconds at most, and has 15 frames a second at most', () => {
    const anyRate = fc.tuple(fc.integer({ min: 1, max: 240_000 }), fc.constantFrom(1000, 1001));
    const anyDuration = fc.double({ min: 0.04, max: 48 * 3600, noNaN: true });
    fc.assert(
      fc.property(anyDuration, anyRate, (seconds, [numerator, denominator]) => {
        const frameRate = rate(numerator, denominator);
        const fps = framesPerSecond(frameRate);
        const { startFrame, endFrame, frameStep } = planHoverPreview(seconds, frameRate, size);
        expect(startFrame).toBeGreaterThanOrEqual(0);
        expect(endFrame).toBeGreaterThan(startFrame);
        expect(endFrame).toBeLessThanOrEqual(Math.max(1, Math.round(seconds * fps)));
        expect(endFrame - startFrame).toBeLessThanOrEqual(Math.max(1, 3 * fps + 0.5));
        expect(fps / frameStep).toBeLessThanOrEqual(15);
      }),
    );
  });
});
