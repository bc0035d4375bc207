import fc from 'fast-check';
import {
  planStoryboard,
  sheetFile,
  sheetsOf,
  storyboardVtt,
  type Storyboard,
} from '../../../src/media/storyboard.js';
import { validCues } from '../../support/webvtt.js';

interface Cue {
  startTime: number;
  endTime: number;
  sheet: string;
  region: [x: number, y: number, width: number, height: number];
}

/** The cues as the W3C's parser reads them. */
function cuesOf(storyboard: Storyboard): Cue[] {
  return validCues(storyboardVtt(storyboard)).map(({ startTime, endTime, text }) => {
    const [, sheet = '', ...region] = /^(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/.exec(text) ?? [];
    const [x = NaN, y = NaN, width = NaN, height = NaN] = region.map(Number);
    return { startTime, endTime, sheet, region: [x, y, width, height] };
  });
}

const anyDuration = fc.double({ min: 0.04, max: 48 * 3600, noNaN: true });
const anySize = fc.record({
  width: fc.integer({ min: 2, max: 8192 }),
  height: fc.integer({ min: 2, max: 8192 }),
});
const anyStoryboard = fc
  .tuple(anyDuration, anySize)
  .map(([seconds, size]) => planStoryboard(seconds, size));

const FULL_HD = { width: 1920, height: 1080 };

describe('a storyboard', () => {
  it.each([
    [0.04, 1, 1, 1],
    [1, 1, 1, 1],
    [7, 1, 7, 1],
    [100, 1, 100, 1],
    [100.5, 2, 51, 1],
    [600, 2, 300, 3],
    [3600, 5, 720, 8],
    [2 * 3600, 10, 720, 8],
    [12 * 3600, 44, 982, 10],
    [48 * 3600, 173, 999, 10],
  ])('of %d seconds has a tile every %d', (seconds, intervalSeconds, count, sheets) => {
    expect(planStoryboard(seconds, FULL_HD)).toMatchObject({ intervalSeconds, count, sheets });
  });

  it.each([
    ['wide', 1920, 1080, 160, 90],
    ['old', 720, 576, 160, 128],
    ['upright', 1080, 1920, 160, 284],
    ['tiny', 64, 48, 160, 120],
    ['a tower', 100, 1000, 32, 320],
    ['a ribbon', 8192, 2, 160, 2],
  ])('has tiles 160 wide: %s', (_, width, height, tileWidth, tileHeight) => {
    const { tile } = planStoryboard(10, { width, height });
    expect(tile).toEqual({ width: tileWidth, height: tileHeight });
  });

  it('has ten sheets of a hundred even tiles at most, however long and of whatever shape', () => {
    fc.assert(
      fc.property(anyStoryboard, ({ tile, columns, rows, count, sheets }) => {
        expect(columns * rows).toBeLessThanOrEqual(100);
        expect(sheets).toBeLessThanOrEqual(10);
        expect(count).toBeLessThanOrEqual(columns * rows * sheets);
        expect(count).toBeGreaterThan(columns * rows * (sheets - 1));
        expect([tile.width % 2, tile.height % 2]).toEqual([0, 0]);
        expect(tile.width).toBeLessThanOrEqual(160);
        expect(tile.height).toBeLessThanOrEqual(320);
      }),
    );
  });
});

describe("a storyboard's WebVTT", () => {
  it('runs from 0 to the end without a gap', () => {
    fc.assert(
      fc.property(anyStoryboard, (storyboard) => {
        const cues = cuesOf(storyboard);
        expect(cues).toHaveLength(storyboard.count);
        const starts = cues.map(({ startTime }) => startTime);
        const ends = cues.map(({ endTime }) => endTime);
        expect(starts).toEqual([0, ...ends.slice(0, -1)]);
        expect(ends.at(-1)).toBeCloseTo(storyboard.durationSeconds, 3);
        for (const { startTime, endTime } of cues) expect(endTime).toBeGreaterThan(startTime);
      }),
      { numRuns: 40 },
    );
  });

  it('shows each tile once, inside its sheet', () => {
    fc.assert(
      fc.property(anyStoryboard, (storyboard) => {
        const { tile, columns, rows, count, sheets } = storyboard;
        const cues = cuesOf(storyboard);
        for (const { region } of cues) {
          const [x, y, width, height] = region;
          expect([width, height]).toEqual([tile.width, tile.height]);
          expect([x % width, y % height]).toEqual([0, 0]);
          expect(x + width).toBeLessThanOrEqual(columns * tile.width);
          expect(y + height).toBeLessThanOrEqual(rows * tile.height);
        }
        const places = cues.map(({ sheet, region }) => `${sheet} ${region.join()}`);
        expect(new Set(places).size).toBe(count);
        expect(sheetsOf(storyboardVtt(storyboard))).toEqual(
          Array.from({ length: sheets }, (_, at) => sheetFile(at + 1)),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('is read from the left to the right and from the top to the bottom', () => {
    const cues = cuesOf(planStoryboard(250, FULL_HD));
    expect(cues[11]).toEqual({
      startTime: 22,
      endTime: 24,
      sheet: 'sheet_001.jpg',
      region: [160, 90, 160, 90],
    });
    expect(cues.at(-1)).toMatchObject({ sheet: 'sheet_002.jpg', region: [640, 180, 160, 90] });
  });

  it('writes the hours of long titles', () => {
    const { length } = cuesOf(planStoryboard(40_000.5, FULL_HD));
    expect(length).toBe(976);
    const vtt = storyboardVtt(planStoryboard(400_000.5, FULL_HD));
    expect(vtt.split('\n\n').at(-1)).toMatch(/^111:03:17\.000 --> 111:06:40\.500\n/);
  });
});
