import { useCallback, useEffect, useState, type RefObject } from 'react';

/** What is chosen while no subtitles are shown. */
export const NO_CAPTIONS = '';

export interface CaptionsChoice {
  key: string;
  label: string;
}

export interface Captions {
  choices: CaptionsChoice[];
  /** The key of one of them, or {@link NO_CAPTIONS}. */
  chosen: string;
  choose: (key: string) => void;
  /** Shows what was shown last, at first the browser's language; or hides it. */
  toggle: () => void;
}

/** Subtitles of the page and of the playlist alike. */
export function useCaptions(video: RefObject<HTMLVideoElement | null>): Captions {
  const [choices, setChoices] = useState<CaptionsChoice[]>([]);
  const [chosen, setChosen] = useState(NO_CAPTIONS);
  const [last, setLast] = useState(NO_CAPTIONS);

  useEffect(() => {
    const tracks = video.current?.textTracks;
    if (!tracks) return;
    const read = () => {
      const all = subtitles(tracks);
      const showing = all.find(({ mode }) => mode === 'showing');
      setChoices(all.map((track) => ({ key: keyOf(track), label: labelOf(track) })));
      setChosen(showing ? keyOf(showing) : NO_CAPTIONS);
      if (showing) setLast(keyOf(showing));
    };
    read();
    const events = ['addtrack', 'removetrack', 'change'];
    for (const event of events) tracks.addEventListener(event, read);
    return () => {
      for (const event of events) tracks.removeEventListener(event, read);
    };
  }, [video]);

  const choose = useCallback(
    (key: string) => {
      const all = video.current ? subtitles(video.current.textTracks) : [];
      for (const track of all) track.mode = keyOf(track) === key ? 'showing' : 'disabled';
    },
    [video],
  );

  const toggle = useCallback(() => {
    const all = video.current ? subtitles(video.current.textTracks) : [];
    const isShown = all.some(({ mode }) => mode === 'showing');
    const next = all.find((track) => keyOf(track) === last) ?? all.find(isPreferred) ?? all[0];
    choose(isShown || !next ? NO_CAPTIONS : keyOf(next));
  }, [video, choose, last]);

  return { choices, chosen, choose, toggle };
}

/** Each once: Safari knows those of the playlist as well as those of the page. */
function subtitles(tracks: TextTrackList): TextTrack[] {
  const all = [...tracks].filter(({ kind }) => kind === 'subtitles' || kind === 'captions');
  return all.filter((track, at) => all.findIndex((one) => keyOf(one) === keyOf(track)) === at);
}

const labelOf = ({ label, language }: TextTrack): string => label || language || 'Subtitles';

const keyOf = ({ label, language }: TextTrack): string => `${language} ${label}`;

const isPreferred = ({ language }: TextTrack): boolean =>
  language !== '' && navigator.language.startsWith(language);
