import type { ProcessingService, Work } from '../catalogue/processing.service.js';
import type { RunShare } from '../media/encode-cost.js';
import { EncodingPace } from '../media/eta.js';
import { PercentDone, type EncodeProgress } from '../media/progress.js';

const SHOW_MILLISECONDS = 1000;

/** Share of the whole work that encoding is taken to be, for the percentage people see. */
const PERCENT_BEFORE = 2;
const PERCENT_ENCODING = 93;

/** Shows how far an encode is, and when it will end. */
export class EncodeMeter {
  private readonly percent: PercentDone;
  private readonly pace: EncodingPace;
  private hasReport = false;
  private reachedSeconds = 0;
  private askedSeconds = 0;
  private shownAt = 0;
  private showing = Promise.resolve();

  constructor(
    private readonly processing: ProcessingService,
    private readonly work: Work,
    durationSeconds: number,
    private readonly share: RunShare,
  ) {
    this.percent = new PercentDone(durationSeconds);
    this.pace = new EncodingPace(durationSeconds);
  }

  async begin(): Promise<void> {
    await this.show(0);
  }

  /** Takes what ffmpeg says of itself. */
  report(progress: EncodeProgress): void {
    this.hasReport = true;
    this.note(progress);
  }

  /**
   * Takes how much of every rendition is complete. ffmpeg keeps quiet until each of its outputs has
   * begun, which for a sheet of a storyboard is when the sheet is full.
   */
  reach(seconds: number): void {
    if (this.hasReport || seconds <= this.reachedSeconds) return;
    this.reachedSeconds = seconds;
    this.note({ outTimeSeconds: seconds, frame: 0, speed: undefined, finished: false });
  }

  /** Whether more is complete than when this was last asked. */
  hasAdvanced(): boolean {
    const advanced = this.reachedSeconds > this.askedSeconds;
    this.askedSeconds = this.reachedSeconds;
    return advanced;
  }

  /** Resolves when everything is written down: later, it would take the video back to this stage. */
  async settle(): Promise<void> {
    await this.showing;
  }

  async end(): Promise<void> {
    await this.settle();
    await this.show(100);
  }

  private note(progress: EncodeProgress): void {
    const done = this.percent.after(progress);
    const left = this.pace.after(progress.outTimeSeconds, performance.now() / 1000);
    if (Date.now() - this.shownAt < SHOW_MILLISECONDS) return;
    this.shownAt = Date.now();
    // A number that cannot be shown is no reason to stop.
    this.showing = this.show(done, left).catch(() => undefined);
  }

  private async show(percentEncoded: number, secondsLeft?: number): Promise<void> {
    const { from, to } = this.share;
    const done = from + ((to - from) * percentEncoded) / 100;
    const percent = PERCENT_BEFORE + PERCENT_ENCODING * done;
    // What comes after this run has not shown its pace yet.
    await this.processing.encodingProgress(this.work, percent, to < 1 ? undefined : secondsLeft);
  }
}
