/** Where an encode stands, from one block of ffmpeg's `-progress` stream. */
export interface EncodeProgress {
  /** Frames written to the first video output. */
  frame: number;
  /** How much of the title is encoded. */
  outTimeSeconds: number;
  /** Times real time; absent until ffmpeg can tell. */
  speed: number | undefined;
  /** True for the last block of a run that ended well. */
  finished: boolean;
}

/** Collects the `key=value` lines of `-progress`; each block ends with a `progress=` line. */
export class ProgressParser {
  private readonly block = new Map<string, string>();

  /** Takes one line without its line feed; returns a block's content when the line completes it. */
  push(line: string): EncodeProgress | undefined {
    const equals = line.indexOf('=');
    if (equals < 1) return undefined;
    const key = line.slice(0, equals).trim();
    const value = line.slice(equals + 1).trim();
    if (key !== 'progress') {
      this.block.set(key, value);
      return undefined;
    }
    const progress = {
      frame: Math.max(0, this.number('frame') ?? 0),
      outTimeSeconds: Math.max(0, (this.number('out_time_us') ?? 0) / 1e6),
      speed: this.number('speed'),
      finished: value === 'end',
    };
    this.block.clear();
    return progress;
  }

  private number(key: string): number | undefined {
    const value = Number.parseFloat(this.block.get(key) ?? '');
    return Number.isFinite(value) ? value : undefined;
  }
}

/** Turns progress into a percentage of the whole that never goes back. */
export class PercentDone {
  private highest = 0;

  constructor(private readonly durationSeconds: number) {}

  /** The percentage after this report: 0 to 100; 100 only once finished. */
  after({ outTimeSeconds, finished }: EncodeProgress): number {
    const share = this.durationSeconds > 0 ? outTimeSeconds / this.durationSeconds : 0;
    const percent = finished ? 100 : Math.min(99, Math.max(0, share * 100));
    this.highest = Math.max(this.highest, percent);
    return this.highest;
  }
}
