import type { VideoStatus } from '../api/types';
import { spoken } from '../format';
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
      <p className="processing__stage">
        {status ? (stages[status.progress.stage] ?? 'Processing') : 'Asking how far it is'}
      </p>
      <ProgressBar label="Processing" percent={shown} />
      <p className="processing__note">{note(status)}</p>
    </div>
  );
}

const stages: Record<string, string | undefined> = {
  queued: 'Waiting for a free worker',
  probing: 'Reading the file',
  encoding: 'Encoding',
  packaging: 'Packaging',
  publishing: 'Publishing',
  done: 'Done',
};

function note(status: VideoStatus | undefined): string {
  if (!status) return '';
  const { queue_position: place, eta_seconds: left } = status.progress;
  if (place !== null && place > 0) {
    return place === 1 ? 'Next in the queue' : `Place ${place} in the queue`;
  }
  if (left !== null) return `About ${spoken(left)} left`;
  return status.playable
    ? 'The remaining qualities follow.'
    : 'It can be watched as soon as its first seconds are encoded.';
}
