import type { VideoStatus } from '../api/types';
import { spoken } from '../format';

const stages: Record<string, string | undefined> = {
  queued: 'Waiting for a free worker',
  probing: 'Reading the file',
  encoding: 'Encoding',
  packaging: 'Packaging',
  publishing: 'Publishing',
  done: 'Done',
};

/** What is being done with a video. */
export function stageOf(status: VideoStatus | undefined): string {
  if (!status) return 'Asking how far it is';
  return stages[status.progress.stage] ?? 'Processing';
}

/** When there is more of it; empty when nothing is known. */
export function outlookOf(status: VideoStatus | undefined): string {
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
