import type { VideoTrack } from './source-info.js';

/** Frames per second as an exact fraction: 30000/1001 has no exact decimal. */
export interface FrameRate {
  numerator: number;
  denominator: number;
}

/** Used when the source says nothing of its rate. */
const FALLBACK: FrameRate = { numerator: 30, denominator: 1 };

/** Rates a display can show evenly, slowest first; a varying source is moved up to one of them. */
const STANDARD: readonly FrameRate[] = [
  [10, 1],
  [12, 1],
  [15, 1],
  [20, 1],
  [24000, 1001],
  [24, 1],
  [25, 1],
  [30000, 1001],
  [30, 1],
  [48, 1],
  [50, 1],
  [60000, 1001],
  [60, 1],
].map(([numerator = 0, denominator = 1]) => ({ numerator, denominator }));

/** A grid finer than this is a clock, not a frame rate. */
const FINEST_GRID = 240;

/** Averages are measured over a cut, so a constant rate is recognised within 1 %. */
const TOLERANCE = 0.01;

/**
 * The constant rate at which a source is encoded. A constant source keeps its own, divided by a whole
 * number where it exceeds the maximum (120 becomes 60); a varying one gets a rate that drops no frame.
 */
export function encodedFrameRate(
  { frameRate, nominalFrameRate }: Pick<VideoTrack, 'frameRate' | 'nominalFrameRate'>,
  maxFrameRate: number,
): FrameRate {
  const average = frameRate ?? nominalFrameRate;
  if (average === undefined) return FALLBACK;
  const rate = constantRate(average, nominalFrameRate) ?? standardAtLeast(average);
  return atMost(maxFrameRate, rate);
}

/** The rate as a number, for display and arithmetic that may round. */
export function framesPerSecond({ numerator, denominator }: FrameRate): number {
  return numerator / denominator;
}

/** The exact fraction behind a decimal rate, at least 1/1: 29.97 and 29.97003 are both 30000/1001. */
function asFraction(rate: number): FrameRate {
  const whole = Math.round(rate);
  if (rate < 1 || Math.abs(rate - whole) < 0.005)
    return { numerator: Math.max(1, whole), denominator: 1 };
  const ntsc = Math.round(rate * 1.001);
  if (Math.abs(rate * 1.001 - ntsc) < 0.005) return { numerator: ntsc * 1000, denominator: 1001 };
  return lowestTerms({ numerator: Math.round(rate * 1000), denominator: 1000 });
}

/** The slowest whole division of the timestamps' grid that is no slower than the average. */
function constantRate(average: number, nominal: number | undefined): FrameRate | undefined {
  if (nominal === undefined) return nearStandard(average);
  const division = Math.max(1, Math.floor(nominal / average + TOLERANCE));
  const rate = nominal / division;
  const constant = Math.abs(rate - average) <= average * TOLERANCE;
  return constant || nominal <= FINEST_GRID ? asFraction(rate) : nearStandard(average);
}

function nearStandard(rate: number): FrameRate | undefined {
  return STANDARD.find((s) => Math.abs(framesPerSecond(s) - rate) <= rate * 0.0004);
}

function standardAtLeast(rate: number): FrameRate {
  const enough = STANDARD.find((s) => framesPerSecond(s) >= rate * (1 - TOLERANCE));
  return enough ?? asFraction(rate);
}

function atMost(maxFrameRate: number, rate: FrameRate): FrameRate {
  const divisor = Math.max(1, Math.ceil(framesPerSecond(rate) / maxFrameRate));
  return lowestTerms({ ...rate, denominator: rate.denominator * divisor });
}

function lowestTerms({ numerator, denominator }: FrameRate): FrameRate {
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
