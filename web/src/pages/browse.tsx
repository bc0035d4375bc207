import { useCallback } from 'react';
import { Link, useSearchParams } from 'react-router';

import { describe } from '../api/error';
import type { Video, VideoPage } from '../api/types';
import { BrowseSkeleton } from '../components/browse-skeleton';
import { Hero } from '../components/hero';
import { Notice } from '../components/notice';
import { PosterCard } from '../components/poster-card';
import { PosterRow } from '../components/poster-row';
import { SearchBox } from '../components/search-box';
import { useVideoPages } from '../components/use-video-pages';
import '../styles/browse.css';

export default function BrowsePage() {
  const [query, setQuery] = useSearchParams();
  const search = query.get('search') ?? '';
  const { result, reload, videos, more } = useVideoPages(search);

  const onSearch = useCallback(
    (value: string) => {
      setQuery(value === '' ? {} : { search: value }, { replace: true });
    },
    [setQuery],
  );

  return (
    <div className="browse">
      <title>Browse · Videoflix</title>
      <div className="browse__bar">
        <SearchBox value={search} onSearch={onSearch} />
      </div>
      {result.state === 'loading' && <BrowseSkeleton />}
      {result.state === 'failed' && (
        <div className="browse__message">
          <Notice tone="bad">{describe(result.error)}</Notice>
          <button type="button" className="button" onClick={reload}>
            Try again
          </button>
        </div>
      )}
      {result.state === 'ready' && (
        <>
          <Library page={{ ...result.value, videos }} search={search} onReady={reload} />
          {more.error !== undefined && <Notice tone="bad">{describe(more.error)}</Notice>}
          {more.exist && (
            <button
              type="button"
              className="button button--quiet browse__more"
              disabled={more.busy}
              onClick={() => void more.run()}
            >
              Show more titles
            </button>
          )}
        </>
      )}
    </div>
  );
}

interface LibraryProps {
  page: VideoPage;
  search: string;
  onReady: () => void;
}

function Library({ page, search, onReady }: LibraryProps) {
  const cards = (videos: Video[]) =>
    videos.map((video) => <PosterCard key={video.id} video={video} onReady={onReady} />);

  if (search !== '') {
    return (
      <section className="results" aria-labelledby="results">
        <h1 id="results" aria-live="polite">
          {count(page)} for “{search}”
        </h1>
        {page.videos.length === 0 && <p>Try fewer or shorter words.</p>}
        <div className="grid">{cards(page.videos)}</div>
      </section>
    );
  }
  const newest = page.videos.find((video) => video.playable) ?? page.videos[0];
  if (!newest) return <EmptyLibrary />;
  return (
    <>
      <Hero video={newest} />
      {byGenre(page.videos).map(([name, videos]) => (
        <PosterRow key={name} title={name}>
          {cards(videos)}
        </PosterRow>
      ))}
    </>
  );
}

function EmptyLibrary() {
  return (
    <div className="browse__message">
      <h1>The shelves are empty</h1>
      <p>Upload the first film; it can be watched seconds later.</p>
      <Link className="button" to="/upload">
        Upload a video
      </Link>
    </div>
  );
}

function byGenre(videos: Video[]): [string, Video[]][] {
  const rows = new Map<string, Video[]>();
  for (const video of videos) {
    const names = video.genres.length > 0 ? video.genres.map(({ name }) => name) : [unsorted];
    for (const name of names) rows.set(name, [...(rows.get(name) ?? []), video]);
  }
  return [...rows].sort(
    ([a, left], [b, right]) =>
      Number(a === unsorted) - Number(b === unsorted) || right.length - left.length,
  );
}

const unsorted = 'More titles';

function count({ total_count: total, total_is_exact: isExact }: VideoPage): string {
  if (!total) return 'Nothing found';
  const titles = `${total} ${total === 1 ? 'title' : 'titles'}`;
  return isExact ? titles : `More than ${titles}`;
}
