/** One entry of the ladder: a size, with the bitrate it may not exceed. */
export interface Rung {
  /** The short side with a `p`: `720p` is 1280x720, 720x1280 or 960x720. */
  name: string;
  shortSide: number;
  /** Even, square pixels. */
  width: number;
  height: number;
  /** Cap for x264's VBV; the average lies below, as CRF decides. */
  maxBitrateBps: number;
  crf: number;
}

/** What the ladder depends on in a source: its size as viewers see it, and its encoded frame rate. */
export interface LadderSource {
  displayWidth: number;
  displayHeight: number;
  frameRate: number;
}

export interface LadderSettings {
  /** Short sides in pixels, any order. */
  rungShortSides: readonly number[];
  crf: number;
}

/** A standard rung nearer than this to the source's own size would add nothing but work. */
const TOO_NEAR = 0.9;

/** Cap for 1920x1080 at up to 30 frames a second. */
const FULL_HD_CAP_BPS = 5_000_000;

/** Neighbouring pixels resemble each other more in larger pictures: 2160p needs 3.2 times 1080p, not 4. */
const CAP_EXPONENT = 0.85;

/** Above 30 frames a second each frame costs less, as it differs less from the last. */
const HIGH_FRAME_RATE_FACTOR = 1.4;

/**
 * The sizes a source is encoded in, smallest first, at least one. Nothing is enlarged: a source
 * between two rungs keeps its own size on top, one above the highest rung is reduced to it.
 */
export function ladderFor(source: LadderSource, settings: LadderSettings): Rung[] {
  const { displayWidth, displayHeight } = source;
  const own = evenFloor(Math.min(displayWidth, displayHeight));
  const sides = settings.rungShortSides.map(evenFloor).sort((a, b) => a - b);
  const below = sides.filter((side) => side < own * TOO_NEAR);
  const highest = sides.at(-1) ?? own;
  return [...new Set([...below, Math.min(own, highest)])].map((shortSide) => {
    const { width, height } = sizeOf(source, shortSide);
    return {
      name: `${shortSide}p`,
      shortSide,
      width,
      height,
      maxBitrateBps: capBps(width * height, source.frameRate),
      crf: settings.crf,
    };
  });
}

/** Scales a picture to a short side, aspect kept, both sides even, neither above the source's. */
function sizeOf({ displayWidth, displayHeight }: LadderSource, shortSide: number) {
  const scale = shortSide / Math.min(displayWidth, displayHeight);
  const long = Math.max(displayWidth, displayHeight);
  const longSide = Math.min(
    evenFloor(long),
    Math.max(shortSide, 2 * Math.round((long * scale) / 2)),
  );
  return displayWidth < displayHeight
    ? { width: shortSide, height: longSide }
    : { width: longSide, height: shortSide };
}

/** 4:2:0 chroma has half the luma's lines and columns, so sides are even. */
function evenFloor(side: number): number {
  return Math.max(2, 2 * Math.floor(side / 2));
}

/** Rounded to 10 kb/s. */
function capBps(pixels: number, frameRate: number): number {
  const base = FULL_HD_CAP_BPS * (pixels / (1920 * 1080)) ** CAP_EXPONENT;
  const bps = base * (frameRate > 31 ? HIGH_FRAME_RATE_FACTOR : 1);
  return Math.max(50_000, Math.round(bps / 10_000) * 10_000);
}
