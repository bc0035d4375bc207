import { useEffect, useState } from 'react';

import { isAbort } from './client';
import { fetchStatus } from './videos';
import type { VideoStatus } from './types';

/** Follows a video's processing until it is over; `everyMs` undefined asks nothing. */
export function useVideoStatus(id: string, everyMs: number | undefined): VideoStatus | undefined {
  const [status, setStatus] = useState<VideoStatus>();

  useEffect(() => {
    if (everyMs === undefined) return;
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;

    const ask = async () => {
      const next = await fetchStatus(id, controller.signal).catch((error: unknown) =>
        isAbort(error) ? 'stopped' : 'missed',
      );
      if (next === 'stopped') return;
      if (typeof next !== 'string') {
        setStatus(next);
        if (isOver(next)) return;
      }
      timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();

    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [id, everyMs]);

  return status?.id === id ? status : undefined;
}

export const isOver = ({ status }: Pick<VideoStatus, 'status'>): boolean =>
  status === 'ready' || status === 'failed' || status === 'cancelled';
