/** Older observations count less and less: half as much after about 20 seconds. */
const MEMORY_SECONDS = 30;
/** A pace that was observed for a shorter time is chance. */
const LEAST_SECONDS = 1;

/** Tells when an encode will end, from the seconds of media it got done in each second so far. */
export class EncodingPace {
  private mediaSeconds = 0;
  private workSeconds = 0;
  private observedSeconds = 0;
  private before: { outTimeSeconds: number; atSeconds: number } | undefined;

  constructor(private readonly durationSeconds: number) {}

  /**
   * Takes a report: how much of the title is encoded, and when that was, on any clock that only goes
   * forward.
   *
   * @returns the seconds that are left; undefined while that cannot be told
   */
  after(outTimeSeconds: number, atSeconds: number): number | undefined {
    const { before } = this;
    this.before = { outTimeSeconds, atSeconds };
    // An encoder looks ahead before it writes its first frame: that is not its pace.
    if (before && before.outTimeSeconds > 0) {
      const work = Math.max(0, atSeconds - before.atSeconds);
      const kept = Math.exp(-work / MEMORY_SECONDS);
      const media = Math.max(0, outTimeSeconds - before.outTimeSeconds);
      this.mediaSeconds = this.mediaSeconds * kept + media;
      this.workSeconds = this.workSeconds * kept + work;
      this.observedSeconds += work;
    }
    if (this.observedSeconds < LEAST_SECONDS || this.mediaSeconds <= 0) return undefined;
    const left = Math.max(0, this.durationSeconds - outTimeSeconds);
    return (left * this.workSeconds) / this.mediaSeconds;
  }
}
