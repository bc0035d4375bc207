import { useEffect, useState } from 'react';

import { API_BASE, isAbort } from './client';
import { ApiError } from './error';
import type { VideoStatus } from './types';
import { isOver } from './use-video-status';
import { fetchStatus } from './videos';

const AGAIN_MS = 2000;

/**
 * Follows a video's processing as the server tells it, until it is over; undefined as the id follows
 * none. Another `round` follows it anew.
 */
export function useVideoEvents(id: string | undefined, round: number): VideoStatus | undefined {
  const [status, setStatus] = useState<VideoStatus>();

  useEffect(() => {
    if (id === undefined) return;
    const controller = new AbortController();
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const listen = () => {
      const current = new EventSource(`${API_BASE}/videos/${encodeURIComponent(id)}/events`);
      source = current;
      current.addEventListener('status', ({ data }: MessageEvent<string>) => {
        const next = JSON.parse(data) as VideoStatus;
        setStatus(next);
        if (isOver(next)) current.close();
      });
      // By itself it would wait for a minute, and it cannot renew a session that has ended.
      current.addEventListener('error', () => {
        current.close();
        timer = setTimeout(() => void recover(), AGAIN_MS);
      });
    };
    const recover = async () => {
      const next = await fetchStatus(id, controller.signal).catch((error: unknown) =>
        isAbort(error) || isMissing(error) ? 'stopped' : 'missed',
      );
      if (next === 'stopped') return;
      if (typeof next !== 'string') {
        setStatus(next);
        if (isOver(next)) return;
      }
      listen();
    };
    listen();

    return () => {
      controller.abort();
      source?.close();
      clearTimeout(timer);
    };
  }, [id, round]);

  return status?.id === id ? status : undefined;
}

const isMissing = (error: unknown) => error instanceof ApiError && error.status === 404;
