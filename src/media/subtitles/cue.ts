/** What WebVTT can show of a text's look. */
export type Style = 'b' | 'i' | 'u';

/** A run of text in one look, without line breaks. */
export interface Span {
  text: string;
  /** In alphabetical order. */
  styles: readonly Style[];
}

/** One line on the screen; it has something visible. */
export type Line = readonly Span[];

/** Text that is shown from one moment to another. */
export interface Cue {
  startSeconds: number;
  endSeconds: number;
  lines: readonly Line[];
  /** WebVTT's cue settings, such as `line:0 align:start`; absent for the usual place. */
  settings?: string;
}

/** What is wrong in a file, for the person who made it. */
export interface Fault {
  /** Counted from 1. */
  line: number;
  message: string;
}

/** What a reader made of a file: every cue it could read, and what was wrong with the rest. */
export interface ParsedSubtitles {
  cues: Cue[];
  faults: Fault[];
}

export const MAX_CUES = 20_000;

/** What fits on a screen, many times over; the rest of a cue would only cost time. */
const MAX_CUE_LINES = 50;
const MAX_CUE_CHARACTERS = 5_000;

/** A file with more faults is not read on. */
const MAX_FAULTS = 100;

/** Collects what a reader finds. */
export class Findings implements ParsedSubtitles {
  readonly cues: Cue[] = [];
  readonly faults: Fault[] = [];
  /** True when there is no point in reading on. */
  full = false;

  fault(line: number, message: string): void {
    if (this.full) return;
    this.faults.push({ line, message });
    this.full = this.faults.length >= MAX_FAULTS;
  }

  /** False, and a fault, for more text than anybody reads in one cue. */
  isReadable(text: readonly string[], line: number): boolean {
    const characters = text.reduce((sum, { length }) => sum + length, 0);
    const isReadable = text.length <= MAX_CUE_LINES && characters <= MAX_CUE_CHARACTERS;
    if (!isReadable) this.fault(line, 'the cue has too much text');
    return isReadable;
  }

  /** @param line of the cue's times, for a fault in them */
  add(cue: Cue, line: number): void {
    if (cue.endSeconds <= cue.startSeconds) {
      this.fault(line, 'the cue has to end after it starts');
    } else if (this.cues.length >= MAX_CUES) {
      this.fault(line, `there are more than ${MAX_CUES} cues`);
      this.full = true;
    } else if (cue.lines.length > 0) {
      this.cues.push(cue);
    }
  }
}

/**
 * Moves cues in time, to the millisecond. What would end before 0 goes; what would start before 0
 * starts at 0.
 */
export function shiftCues(cues: readonly Cue[], offsetSeconds: number): Cue[] {
  const offset = Math.round(offsetSeconds * 1000);
  const moved = (seconds: number) => (Math.round(seconds * 1000) + offset) / 1000;
  return cues
    .map((cue) => ({
      ...cue,
      startSeconds: Math.max(0, moved(cue.startSeconds)),
      endSeconds: moved(cue.endSeconds),
    }))
    .filter(({ endSeconds }) => endSeconds > 0);
}

/** The lines of a file, whatever system it was written on, without a byte order mark. */
export function linesOfFile(text: string): string[] {
  return (text.startsWith('\uFEFF') ? text.slice(1) : text).split(/\r\n|\r|\n/);
}
