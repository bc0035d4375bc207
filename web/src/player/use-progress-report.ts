import { useEffect, type RefObject } from 'react';

import { keepProgress } from '../api/videos';

const KEEP_EVERY_MS = 5000;

/** Tells the server where the viewer is, from the first picture on, so that they go on from there. */
export function useProgressReport(videoId: string, film: RefObject<HTMLVideoElement | null>): void {
  useEffect(() => {
    const element = film.current;
    if (!element) return;
    let told: number | undefined;
    const tell = () => {
      told = element.currentTime;
      keepProgress(videoId, told).catch(() => undefined);
    };
    // Before anything was played there is nothing to tell, and afterwards the element may be empty.
    const tellAgain = () => {
      if (told !== undefined && element.readyState > 0) tell();
    };
    const tellNews = () => {
      if (element.currentTime !== told) tellAgain();
    };
    const events = ['pause', 'seeked', 'ended'] as const;
    element.addEventListener('playing', tell);
    for (const event of events) element.addEventListener(event, tellAgain);
    window.addEventListener('pagehide', tellNews);
    const timer = setInterval(tellNews, KEEP_EVERY_MS);
    return () => {
      clearInterval(timer);
      window.removeEventListener('pagehide', tellNews);
      for (const event of events) element.removeEventListener(event, tellAgain);
      element.removeEventListener('playing', tell);
      tellNews();
    };
  }, [videoId, film]);
}
