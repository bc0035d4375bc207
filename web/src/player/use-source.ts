import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

import type { Playback, Video } from '../api/types';
import { fetchPlayback } from '../api/videos';
import { playIfAllowed } from './actions';
import type { Source, Trouble } from './use-hls';

const RENEWAL_PAUSE_MS = 10_000;

/**
 * The playlist to play from. It is asked for again, at the same place in the film, when its
 * signed link expires, and once encoding ends, for the qualities that were added meanwhile.
 */
export function useSource(
  video: Video,
  playback: Playback,
  film: RefObject<HTMLVideoElement | null>,
) {
  const [source, setSource] = useState<Source>({
    url: playback.hls_url,
    startAtSeconds: playback.resume_at_seconds,
  });
  const [subtitles, setSubtitles] = useState(playback.subtitles);
  const [broken, setBroken] = useState(false);
  const renewedAt = useRef(Number.NEGATIVE_INFINITY);
  const incomplete = useRef(video.status !== 'ready');

  const restart = useCallback(() => {
    renewedAt.current = performance.now();
    const element = film.current;
    const playing = element !== null && !element.paused;
    setBroken(false);
    fetchPlayback(video.id)
      .then(({ hls_url, subtitles: fresh }) => {
        // A track with another address would be loaded again, and hidden.
        setSubtitles((known) => (fresh.length === known.length ? known : fresh));
        setSource(({ startAtSeconds }) => ({
          url: hls_url,
          startAtSeconds: element?.currentTime || startAtSeconds,
        }));
        if (playing)
          element.addEventListener('canplay', () => playIfAllowed(element), { once: true });
      })
      .catch(() => setBroken(true));
  }, [video.id, film]);

  const onTrouble = useCallback(
    ({ linkExpired }: Trouble) => {
      const tooSoon = performance.now() - renewedAt.current < RENEWAL_PAUSE_MS;
      if (linkExpired && !tooSoon) restart();
      else setBroken(true);
    },
    [restart],
  );

  useEffect(() => {
    if (!incomplete.current || video.status !== 'ready') return;
    incomplete.current = false;
    restart();
  }, [video.status, restart]);

  return { source, subtitles, broken, onTrouble, restart };
}
