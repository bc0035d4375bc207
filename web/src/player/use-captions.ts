import { useCallback, useEffect, useState, type RefObject } from 'react';

/** Subtitles of the page and of the playlist alike; the browser's language is shown first. */
export function useCaptions(video: RefObject<HTMLVideoElement | null>) {
  const [state, setState] = useState({ available: false, shown: false });

  useEffect(() => {
    const tracks = video.current?.textTracks;
    if (!tracks) return;
    const read = () => {
      const all = subtitles(tracks);
      const shown = all.some(({ mode }) => mode === 'showing');
      setState({ available: all.length > 0, shown });
    };
    read();
    const events = ['addtrack', 'removetrack', 'change'];
    for (const event of events) tracks.addEventListener(event, read);
    return () => {
      for (const event of events) tracks.removeEventListener(event, read);
    };
  }, [video]);

  const toggle = useCallback(() => {
    const all = video.current ? subtitles(video.current.textTracks) : [];
    const showing = all.find(({ mode }) => mode === 'showing');
    const preferred = all.find(
      ({ language }) => language !== '' && navigator.language.startsWith(language),
    );
    if (showing) showing.mode = 'disabled';
    else {
      const next = preferred ?? all[0];
      if (next) next.mode = 'showing';
    }
  }, [video]);

  return { ...state, toggle };
}

const subtitles = (tracks: TextTrackList): TextTrack[] =>
  [...tracks].filter(({ kind }) => kind === 'subtitles' || kind === 'captions');
