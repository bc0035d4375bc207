import { useEffect } from 'react';
import { Link, useParams } from 'react-router';

import { ApiError, describe } from '../api/error';
import type { Video, VideoStatus } from '../api/types';
import { useLoad } from '../api/use-load';
import { isOver, useVideoStatus } from '../api/use-video-status';
import { fetchPlayback, fetchVideo } from '../api/videos';
import { Failure } from '../components/failure';
import { Notice } from '../components/notice';
import { PagePlaceholder } from '../components/page-placeholder';
import { Processing } from '../components/processing';
import { StateBadge } from '../components/state-badge';
import { clock, day } from '../format';
import { Player } from '../player/player';
import '../styles/watch.css';
import '../styles/player.css';

export default function WatchPage() {
  const { id = '' } = useParams();
  const { result, reload } = useLoad(id, (signal) => fetchVideo(id, signal));

  switch (result.state) {
    case 'loading':
      return <PagePlaceholder />;
    case 'failed':
      return <NoVideo error={result.error} onRetry={reload} />;
    case 'ready':
      // While there is a film on the screen, nobody needs to know.
      return result.outdated !== undefined && !result.value.playable ? (
        <NoVideo error={result.outdated} onRetry={reload} />
      ) : (
        <Screening key={id} video={result.value} onChange={reload} />
      );
  }
}

function Screening({ video, onChange }: { video: Video; onChange: () => void }) {
  const playable = video.playable;
  const live = useVideoStatus(
    video.id,
    isOver(video) && (playable || video.status === 'ready') ? undefined : playable ? 3000 : 1000,
  );
  const becamePlayable = !playable && live?.playable === true;
  const becameReady = video.status !== 'ready' && live?.status === 'ready';

  useEffect(() => {
    if (becamePlayable || becameReady) onChange();
  }, [becamePlayable, becameReady, onChange]);

  return (
    <article className="watch">
      <title>{`${video.title} · Videoflix`}</title>
      <div className="screen">
        {playable ? <Projector video={video} /> : <Waiting video={video} status={live} />}
      </div>
      <div className="watch__about">
        <div className="watch__head">
          <h1>{video.title}</h1>
          {playable && (
            <StateBadge
              state={live?.status ?? video.status}
              percent={live?.progress.percent ?? video.progress_percent}
            />
          )}
        </div>
        <p className="edge-print">
          <span aria-hidden="true">{String(video.number).padStart(3, '0')}</span>
          {video.duration_seconds !== null && <span>{clock(video.duration_seconds)}</span>}
          {video.genres.map((genre) => (
            <span key={genre.slug}>{genre.name}</span>
          ))}
        </p>
        {video.description && <p className="watch__description">{video.description}</p>}
        <p className="watch__credit">
          {video.uploaded_by?.name ? `Uploaded by ${video.uploaded_by.name}, ` : 'Uploaded '}
          {day(video.created_at)}
        </p>
      </div>
    </article>
  );
}

function Projector({ video }: { video: Video }) {
  const { result, reload } = useLoad(video.id, (signal) => fetchPlayback(video.id, signal));
  switch (result.state) {
    case 'loading':
      return <PagePlaceholder />;
    case 'failed':
      return (
        <div className="screen__message">
          <Notice tone="bad">{describe(result.error)}</Notice>
          <button type="button" className="button" onClick={reload}>
            Try again
          </button>
        </div>
      );
    case 'ready':
      return <Player video={video} playback={result.value} />;
  }
}

function Waiting({ video, status }: { video: Video; status: VideoStatus | undefined }) {
  const over = status && isOver(status) && !status.playable;
  return (
    <div className="screen__message">
      {over && status.status !== 'ready' ? (
        <Failure status={status} />
      ) : (
        <Processing status={status} percent={video.progress_percent} />
      )}
    </div>
  );
}

function NoVideo({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const missing = error instanceof ApiError && error.status === 404;
  return (
    <div className="message-page">
      <title>{missing ? 'No such video · Videoflix' : 'Video · Videoflix'}</title>
      <h1>{missing ? 'No such video' : 'The video did not load'}</h1>
      <p>{missing ? 'It was removed, or it is not shared with you.' : describe(error)}</p>
      <div className="actions">
        {!missing && (
          <button type="button" className="button" onClick={onRetry}>
            Try again
          </button>
        )}
        <Link className={missing ? 'button' : 'button button--quiet'} to="/browse">
          Back to the library
        </Link>
      </div>
    </div>
  );
}
