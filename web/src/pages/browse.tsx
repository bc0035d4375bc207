import { useCallback, useState } from 'react';
import { Link, useSearchParams } from 'react-router';

import { describe } from '../api/error';
import type { Video, VideoPage } from '../api/types';
import { useLoad } from '../api/use-load';
import { fetchVideos } from '../api/videos';
import { BrowseSkeleton } from '../components/browse-skeleton';
import { Hero } from '../components/hero';
import { Notice } from '../components/notice';
import { PosterCard } from '../components/poster-card';
import { PosterRow } from '../components/poster-row';
import { SearchBox } from '../components/search-box';
import '../styles/browse.css';

export default function BrowsePage() {
  const [query, setQuery] = useSearchParams();
  const search = query.get('search') ?? '';
  const [pages, setPages] = useState(1);
  const { result, reload } = useLoad(`${search} ${pages}`, (signal) =>
    fetchPages(search, pages, signal),
  );

  const onSearch = useCallback(
    (value: string) => {
      setPages(1);
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
          <Library page={result.value} search={search} onReady={reload} />
          {result.value.has_more && (
            <button
              type="button"
              className="button button--quiet browse__more"
              onClick={() => setPages(pages + 1)}
            >
              Show more titles
            </button>
          )}
        </>
      )}
    </div>
  );
}

const NOTHING: VideoPage = {
  videos: [],
  total_count: 0,
  total_is_exact: true,
  page: 1,
  page_size: 1,
  total_pages: 0,
  has_more: false,
  next_cursor: null,
};

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
        <h1 id="results" role="status">
          {count(page.total_count ?? 0)} for “{search}”
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

async function fetchPages(search: string, pages: number, signal: AbortSignal): Promise<VideoPage> {
  // Signs alone are no words, and the server says so.
  if (search !== '' && !/[\p{L}\p{N}]/u.test(search)) return NOTHING;
  let held = await fetchVideos({ search, page: 1 }, signal);
  for (let page = 2; page <= pages && held.has_more; page += 1) {
    const next = await fetchVideos({ search, page }, signal);
    held = { ...next, videos: [...held.videos, ...next.videos] };
  }
  return held;
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

const count = (total: number) =>
  total === 0 ? 'Nothing found' : total === 1 ? '1 title' : `${total} titles`;
