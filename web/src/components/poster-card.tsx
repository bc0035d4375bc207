import { Link } from 'react-router';

import type { Video } from '../api/types';
import { clock } from '../format';
import { Artwork } from './artwork';
import { HoverPreview } from './hover-preview';
import { LiveBadge } from './state-badge';
import { useHoverPreview } from './use-hover-preview';

interface PosterCardProps {
  video: Video;
  onReady: () => void;
}

export function PosterCard({ video, onReady }: PosterCardProps) {
  const { previewUrl, leave, handlers } = useHoverPreview(video.preview_url);
  return (
    <Link className="poster" to={`/watch/${video.id}`} data-testid="video-card" {...handlers}>
      <div className="poster__frame">
        <Artwork url={video.thumbnail_url ?? video.poster_url} />
        {previewUrl !== null && <HoverPreview url={previewUrl} onBroken={leave} />}
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
