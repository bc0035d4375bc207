import { useEffect, type RefObject } from 'react';

const KEY = 'videoflix.volume';

/** Keeps the volume from one film to the next. */
export function useRememberedVolume(video: RefObject<HTMLVideoElement | null>): void {
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const held = Number.parseFloat(localStorage.getItem(KEY) ?? '');
    if (held >= 0 && held <= 1) element.volume = held;
    const keep = () => localStorage.setItem(KEY, String(element.volume));
    element.addEventListener('volumechange', keep);
    return () => element.removeEventListener('volumechange', keep);
  }, [video]);
}
