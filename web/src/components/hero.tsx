import { Link } from 'react-router';

import type { Video } from '../api/types';
import { clock } from '../format';
import { Artwork } from './artwork';
import { Icon } from './icon';

export function Hero({ video }: { video: Video }) {
  return (
    <section className="hero" aria-label="Newest title">
      <div className="hero__picture">
        <Artwork url={video.poster_url ?? video.thumbnail_url} eager />
      </div>
      <div className="hero__copy">
        <p className="edge-print">
          <span>New</span>
          {video.duration_seconds !== null && <span>{clock(video.duration_seconds)}</span>}
          {video.genres.map((genre) => (
            <span key={genre.slug}>{genre.name}</span>
          ))}
        </p>
        <h1>{video.title}</h1>
        {video.description && <p className="hero__about">{video.description}</p>}
        <Link className="button" to={`/watch/${video.id}`}>
          <Icon name="play" /> {video.playable ? 'Watch' : 'See progress'}
        </Link>
      </div>
    </section>
  );
}
