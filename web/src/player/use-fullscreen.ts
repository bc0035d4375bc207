import { useEffect, useState, type RefObject } from 'react';

export function useFullscreen(frame: RefObject<HTMLElement | null>): boolean {
  const [fullscreen, setFullscreen] = useState(false);

  useEffect(() => {
    const read = () => {
      setFullscreen(frame.current !== null && document.fullscreenElement === frame.current);
    };
    document.addEventListener('fullscreenchange', read);
    return () => document.removeEventListener('fullscreenchange', read);
  }, [frame]);

  return fullscreen;
}
