import type { ProcessingService } from '../catalogue/processing.service.js';
import type { RevisionIds } from './flow.js';

/** ffmpeg has to be gone two seconds after a video is cancelled, and may take one of them to end. */
const LOOK_MILLISECONDS = 500;

/** Looks, while something is made of a revision, whether it is still wanted: any process may cancel it. */
export class WithdrawalWatch {
  private readonly withdrawn = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private looking = false;

  constructor(
    private readonly processing: ProcessingService,
    private readonly ids: RevisionIds,
  ) {
    this.timer = setInterval(() => void this.look(), LOOK_MILLISECONDS);
  }

  /** Aborted once nobody wants the revision any more. */
  get signal(): AbortSignal {
    return this.withdrawn.signal;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    // A database that is away for a moment is no reason to stop.
    const isWithdrawn = await this.processing.isWithdrawn(this.ids).catch(() => false);
    this.looking = false;
    if (isWithdrawn) this.withdrawn.abort();
  }
}
