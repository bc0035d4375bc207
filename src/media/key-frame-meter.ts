/** What a source's frames turned out to be. */
export interface KeyFrames {
  frames: number;
  /** From the first frame to the end of the last one. */
  seconds: number;
  /** From one key frame to the next, or to the end. */
  longestGapSeconds: number;
}

/** Follows the frames of a source, which may come in the order they are decoded. */
export class KeyFrameMeter {
  private frames = 0;
  private firstSeconds = 0;
  private lastSeconds = 0;
  private lastKeySeconds = 0;
  private longestGap = 0;
  private isDecodable = true;

  /** @param seconds when the frame is shown, or when it is decoded; of all frames the same */
  add(seconds: number, isKey: boolean): void {
    if (this.frames === 0) this.begin(seconds, isKey);
    // Also false of a frame without a time.
    if (!(seconds >= this.firstSeconds)) this.isDecodable = false;
    this.lastSeconds = Math.max(this.lastSeconds, seconds);
    if (isKey) this.closeAt(seconds);
    this.frames += 1;
  }

  /**
   * Undefined for frames that cannot all be decoded from the first one on, or have no time, and for a single
   * one: how long the last one stays nothing says, so it is taken to stay as long as they do on average.
   */
  measured(): KeyFrames | undefined {
    const { frames } = this;
    if (!this.isDecodable || frames < 2) return undefined;
    const shown = this.lastSeconds - this.firstSeconds;
    const end = this.lastSeconds + shown / (frames - 1);
    return {
      frames,
      seconds: end - this.firstSeconds,
      longestGapSeconds: Math.max(this.longestGap, end - this.lastKeySeconds),
    };
  }

  private begin(seconds: number, isKey: boolean): void {
    this.firstSeconds = seconds;
    this.lastSeconds = seconds;
    this.lastKeySeconds = seconds;
    this.isDecodable = isKey;
  }

  private closeAt(seconds: number): void {
    this.longestGap = Math.max(this.longestGap, seconds - this.lastKeySeconds);
    this.lastKeySeconds = seconds;
  }
}
