import { z } from 'zod';

const TILE_WIDTH = 160;

/** A tower of a picture gets narrower tiles, so that no sheet outgrows what a browser will draw. */
const TILE_MAX_HEIGHT = 320;

/** Tiles side by side and one below the other in a sheet: 100 at most. */
const GRID = 10;
const TILES_PER_SHEET = GRID * GRID;
const MAX_SHEETS = 10;

/** How far apart the tiles of short titles are; the first that needs no more sheets than given. */
const INTERVALS = [
  { intervalSeconds: 1, sheets: 1 },
  { intervalSeconds: 2, sheets: 3 },
  { intervalSeconds: 5, sheets: 8 },
  { intervalSeconds: 10, sheets: MAX_SHEETS },
] as const;

const Whole = z.int().positive();

/** Shape of a {@link Storyboard} stored as JSON. */
export const StoryboardSchema = z.object({
  durationSeconds: z.number().positive(),
  /** Tile n shows the title at n times this. */
  intervalSeconds: Whole,
  tile: z.object({ width: Whole, height: Whole }),
  /** Tiles in a full sheet: rows of columns, filled from the left and from the top. */
  columns: Whole,
  rows: Whole,
  /** Tiles of the whole title. */
  count: Whole,
  sheets: Whole,
});

/** Small pictures of a title at even distances, gathered in sprite sheets. */
export type Storyboard = z.infer<typeof StoryboardSchema>;

/** Name of a sheet, beside the WebVTT file; the first is 1. */
export function sheetFile(sheet: number): string {
  return `sheet_${String(sheet).padStart(3, '0')}.jpg`;
}

/**
 * Decides how many pictures of a title are taken, and how they are arranged: a second apart in a short
 * title, and never more than ten sheets.
 * @param size of the picture, in pixels
 */
export function planStoryboard(
  durationSeconds: number,
  size: { width: number; height: number },
): Storyboard {
  const milliseconds = wholeMilliseconds(durationSeconds);
  const intervalSeconds = intervalFor(milliseconds);
  const count = Math.ceil(milliseconds / (1000 * intervalSeconds));
  const columns = Math.min(GRID, count);
  return {
    durationSeconds,
    intervalSeconds,
    tile: tileSize(size),
    columns,
    rows: Math.min(GRID, Math.ceil(count / columns)),
    count,
    sheets: Math.ceil(count / TILES_PER_SHEET),
  };
}

/**
 * The storyboard as WebVTT, from 0 to the end of the title: each cue names a region of a sheet, as Media
 * Fragments URI 1.0 4.2.2 writes it.
 */
export function storyboardVtt(storyboard: Storyboard): string {
  const cues = Array.from({ length: storyboard.count }, (_, at) => cue(storyboard, at));
  return ['WEBVTT', ...cues].join('\n\n') + '\n';
}

/** Names of the sheets that a storyboard's WebVTT shows, each once. */
export function sheetsOf(vtt: string): string[] {
  return [...new Set([...vtt.matchAll(/^(\S+)#xywh=/gm)].map(([, name = '']) => name))];
}

function intervalFor(milliseconds: number): number {
  const fits = (intervalSeconds: number, sheets: number) =>
    milliseconds <= 1000 * intervalSeconds * sheets * TILES_PER_SHEET;
  const short = INTERVALS.find(({ intervalSeconds, sheets }) => fits(intervalSeconds, sheets));
  return short?.intervalSeconds ?? Math.ceil(milliseconds / (1000 * MAX_SHEETS * TILES_PER_SHEET));
}

function tileSize({ width, height }: { width: number; height: number }) {
  const scale = Math.min(TILE_WIDTH / width, TILE_MAX_HEIGHT / height);
  return { width: evenAtLeast2(width * scale), height: evenAtLeast2(height * scale) };
}

function evenAtLeast2(side: number): number {
  return Math.max(2, 2 * Math.round(side / 2));
}

function cue(storyboard: Storyboard, at: number): string {
  const { durationSeconds, intervalSeconds, tile, columns, rows, count } = storyboard;
  const end = at === count - 1 ? wholeMilliseconds(durationSeconds) : startOf(at + 1);
  const inSheet = at % (columns * rows);
  const x = (inSheet % columns) * tile.width;
  const y = Math.floor(inSheet / columns) * tile.height;
  const sheet = sheetFile(1 + Math.floor(at / (columns * rows)));
  return `${timestamp(startOf(at))} --> ${timestamp(end)}\n${sheet}#xywh=${x},${y},${tile.width},${tile.height}`;

  function startOf(tileNumber: number): number {
    return 1000 * intervalSeconds * tileNumber;
  }
}

/** WebVTT counts in milliseconds, and a cue has to last for one at least. */
function wholeMilliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1000));
}

/** `HH:MM:SS.mmm`, with more digits for the hours where it takes them. */
function timestamp(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const digits = clock.map((part) => String(part).padStart(2, '0')).join(':');
  return `${digits}.${String(milliseconds % 1000).padStart(3, '0')}`;
}
