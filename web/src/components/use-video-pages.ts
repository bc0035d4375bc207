import { useState } from 'react';

import type { Video, VideoPage } from '../api/types';
import { useLoad } from '../api/use-load';
import { fetchVideos } from '../api/videos';
import { useAction } from './use-action';

/** What came after the first page of one search. */
interface Further {
  search: string;
  videos: Video[];
  next: string | null;
}

/** The titles of a search, or all, page after page. `reload` asks for the first page alone. */
export function useVideoPages(search: string) {
  const { result, reload } = useLoad(search, (signal) => fetchFirst(search, signal));
  const [held, setHeld] = useState<Further>();
  const further = held?.search === search ? held : undefined;
  const first = result.state === 'ready' ? result.value : undefined;
  const next = further ? further.next : (first?.next_cursor ?? null);

  const more = useAction(async () => {
    if (next === null) return;
    const page = await fetchVideos({ search, cursor: next });
    setHeld((before) => ({
      search,
      videos: [...(before?.search === search ? before.videos : []), ...page.videos],
      next: page.next_cursor,
    }));
  });

  return {
    result,
    reload,
    videos: withoutTwins([...(first?.videos ?? []), ...(further?.videos ?? [])]),
    more: { ...more, exist: next !== null },
  };
}

/** A title that is new moves one from the first page to the next, which may be here already. */
function withoutTwins(videos: readonly Video[]): Video[] {
  return [...new Map(videos.map((video) => [video.id, video])).values()];
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
