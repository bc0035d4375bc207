import { useEffect } from 'react';

import type { Video, VideoState } from '../api/types';
import { isOver, useVideoStatus } from '../api/use-video-status';

interface StateBadgeProps {
  state: VideoState;
  percent: number;
}

/** What stands between a video and being watched; nothing for one that is ready. */
export function StateBadge({ state, percent }: StateBadgeProps) {
  switch (state) {
    case 'ready':
      return null;
    case 'failed':
      return <span className="badge badge--bad">Failed</span>;
    case 'cancelled':
      return <span className="badge">Cancelled</span>;
    case 'pending':
      return <span className="badge badge--busy">Waiting</span>;
    case 'processing':
      return <span className="badge badge--busy">Processing {Math.floor(percent)} %</span>;
  }
}

/** A badge that follows the video by itself. */
export function LiveBadge({ video, onReady }: { video: Video; onReady: () => void }) {
  const over = isOver(video);
  const live = useVideoStatus(video.id, over ? undefined : 3000);
  const state = live?.status ?? video.status;

  useEffect(() => {
    if (!over && state === 'ready') onReady();
  }, [over, state, onReady]);

  return <StateBadge state={state} percent={live?.progress.percent ?? video.progress_percent} />;
}
