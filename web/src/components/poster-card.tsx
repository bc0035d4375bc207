import { Link } from 'react-router';

import type { Video } from '../api/types';
import { clock } from '../format';
import { Artwork } from './artwork';
import { LiveBadge } from './state-badge';

interface PosterCardProps {
  video: Video;
  onReady: () => void;
}

export function PosterCard({ video, onReady }: PosterCardProps) {
  return (
    <Link className="poster" to={`/watch/${video.id}`} data-testid="video-card">
      <div className="poster__frame">
        <Artwork url={video.thumbnail_url ?? video.poster_url} />
        <LiveBadge video={video} onReady={onReady} />
      </div>
      <div className="edge-print">
        <span aria-hidden="true">{String(video.number).padStart(3, '0')}</span>
        {video.duration_seconds !== null && <span>{clock(video.duration_seconds)}</span>}
      </div>
      <h3 className="poster__title">{video.title}</h3>
    </Link>
  );
}
