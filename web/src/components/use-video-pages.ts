import { useState } from 'react';

import type { Video, VideoPage } from '../api/types';
import { useLoad } from '../api/use-load';
import { fetchVideos } from '../api/videos';
import { useAction } from './use-action';

/** What was there when another page of one search had come. */
interface Held {
  search: string;
  videos: Video[];
  next: string | null;
}

/**
 * The titles of a search, or all, page after page. `reload` asks for the first page alone; what it no longer
 * holds, as others are newer, stays where it follows.
 */
export function useVideoPages(search: string) {
  const { result, reload } = useLoad(search, (signal) => fetchFirst(search, signal));
  const [held, setHeld] = useState<Held>();
  const before = held?.search === search ? held : undefined;
  const first = result.state === 'ready' ? result.value : undefined;
  const next = before ? before.next : (first?.next_cursor ?? null);
  const videos = withoutTwins([...(first?.videos ?? []), ...(before?.videos ?? [])]);

  const more = useAction(async () => {
    if (next === null) return;
    const page = await fetchVideos({ search, cursor: next });
    setHeld({ search, videos: [...videos, ...page.videos], next: page.next_cursor });
  });

  return { result, reload, videos, more: { ...more, exist: next !== null } };
}

/** Of two, the first is what was heard last. */
function withoutTwins(videos: readonly Video[]): Video[] {
  const ids = new Set<string>();
  return videos.filter(({ id }) => !ids.has(id) && ids.add(id));
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

async function fetchFirst(search: string, signal: AbortSignal): Promise<VideoPage> {
  // Signs alone are no words, and the server says so.
  if (search !== '' && !/[\p{L}\p{N}]/u.test(search)) return NOTHING;
  return fetchVideos({ search }, signal);
}
