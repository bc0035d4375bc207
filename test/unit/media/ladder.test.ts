import fc from 'fast-check';
import { ladderFor } from '../../../src/media/ladder.js';

const settings = { rungShortSides: [240, 360, 480, 720, 1080], crf: 23 };
const side = fc.integer({ min: 2, max: 8192 });
const anySource = fc.record({
  displayWidth: side,
  displayHeight: side,
  frameRate: fc.constantFrom(24, 25, 30, 50, 60),
});

const names = (displayWidth: number, displayHeight: number) =>
  ladderFor({ displayWidth, displayHeight, frameRate: 25 }, settings).map((rung) => rung.name);

describe('the ladder', () => {
  it('holds every rung up to the source', () => {
    expect(names(1920, 1080)).toEqual(['240p', '360p', '480p', '720p', '1080p']);
    expect(names(1280, 720)).toEqual(['240p', '360p', '480p', '720p']);
  });

  it('is named by the short side of a portrait', () => {
    const rungs = ladderFor({ displayWidth: 720, displayHeight: 1280, frameRate: 25 }, settings);
    expect(rungs.at(-1)).toMatchObject({ name: '720p', width: 720, height: 1280 });
    expect(rungs[0]).toMatchObject({ name: '240p', width: 240, height: 426 });
  });

  it('keeps the own size of a source between two rungs on top', () => {
    expect(names(768, 576)).toEqual(['240p', '360p', '480p', '576p']);
    expect(names(160, 120)).toEqual(['120p']);
  });

  it('leaves out a rung that the own size makes superfluous', () => {
    expect(names(428, 241)).toEqual(['240p']);
    expect(names(870, 490)).toEqual(['240p', '360p', '490p']);
  });

  it('reduces a source above the highest rung to it', () => {
    expect(names(3840, 2160).at(-1)).toBe('1080p');
  });

  it('never enlarges, keeps sides even and the orientation', () => {
    fc.assert(
      fc.property(anySource, (source) => {
        for (const { width, height } of ladderFor(source, settings)) {
          expect(width % 2).toBe(0);
          expect(height % 2).toBe(0);
          expect(width).toBeLessThanOrEqual(source.displayWidth);
          expect(height).toBeLessThanOrEqual(source.displayHeight);
          if (source.displayWidth > source.displayHeight)
            expect(width).toBeGreaterThanOrEqual(height);
          if (source.displayWidth < source.displayHeight) expect(width).toBeLessThanOrEqual(height);
        }
      }),
    );
  });

  it('has at least one rung, each larger and dearer than the one before', () => {
    fc.assert(
      fc.property(anySource, (source) => {
        const rungs = ladderFor(source, settings);
        expect(rungs.length).toBeGreaterThan(0);
        rungs.slice(1).forEach((rung, at) => {
          expect(rung.width * rung.height).toBeGreaterThan(
            (rungs[at]?.width ?? 0) * (rungs[at]?.height ?? 0),
          );
          expect(rung.maxBitrateBps).toBeGreaterThanOrEqual(rungs[at]?.maxBitrateBps ?? 0);
        });
        expect(new Set(rungs.map((rung) => rung.name)).size).toBe(rungs.length);
      }),
    );
  });

  it('keeps the aspect of common pictures within two pixels', () => {
    const aspect = fc.constantFrom([16, 9], [4, 3], [9, 16], [1, 1], [21, 9]);
    fc.assert(
      fc.property(aspect, fc.integer({ min: 20, max: 200 }), ([w = 1, h = 1], unit) => {
        const source = { displayWidth: w * unit, displayHeight: h * unit, frameRate: 25 };
        for (const { width, height } of ladderFor(source, settings)) {
          expect(Math.abs(width - (height * w) / h)).toBeLessThanOrEqual(2 * Math.max(1, w / h));
        }
      }),
    );
  });
});
