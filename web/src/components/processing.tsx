import type { VideoStatus } from '../api/types';
import { outlookOf, stageOf } from './processing-words';
import { ProgressBar } from './progress-bar';

interface ProcessingProps {
  status: VideoStatus | undefined;
  /** Shown until the first answer about the status. */
  percent?: number;
}

/** How far the server is with a video, in words and as a bar. */
export function Processing({ status, percent = 0 }: ProcessingProps) {
  const shown = Math.floor(status?.progress.percent ?? percent);
  return (
    <div className="processing" data-testid="processing">
      <p className="processing__percent">{shown} %</p>
      <p className="processing__stage">{stageOf(status)}</p>
      <ProgressBar label="Processing" percent={shown} />
      <p className="processing__note">{outlookOf(status)}</p>
    </div>
  );
}
