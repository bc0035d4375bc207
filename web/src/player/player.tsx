import { useEffect, useMemo, useRef, useState } from 'react';

import type { Playback, Video } from '../api/types';
import { Icon } from '../components/icon';
import { Notice } from '../components/notice';
import { playerActions, playIfAllowed } from './actions';
import { Controls } from './controls';
import { useStoryboard } from './storyboard';
import { useCaptions } from './use-captions';
import { useFullscreen } from './use-fullscreen';
import { useHls } from './use-hls';
import { useIdle } from './use-idle';
import { useMediaState } from './use-media-state';
import { useProgressReport } from './use-progress-report';
import { useQualityReport } from './use-quality-report';
import { useRememberedVolume } from './use-remembered-volume';
import { useShortcuts } from './use-shortcuts';
import { useSource } from './use-source';

interface PlayerProps {
  video: Video;
  playback: Playback;
}

export function Player({ video, playback }: PlayerProps) {
  const frame = useRef<HTMLDivElement>(null);
  const film = useRef<HTMLVideoElement>(null);
  const [started, setStarted] = useState(false);

  const { source, subtitles, broken, onTrouble, restart } = useSource(video, playback, film);
  const monitor = useQualityReport(video.id, film);
  useProgressReport(video.id, film);
  const quality = useHls(film, source, onTrouble, monitor);
  const media = useMediaState(film);
  const stills = useStoryboard(playback.storyboard_vtt_url);
  const captions = useCaptions(film);
  const fullscreen = useFullscreen(frame);
  const idle = useIdle(frame);
  useRememberedVolume(film);

  const actions = useMemo(() => playerActions(film, frame, captions.toggle), [captions.toggle]);
  useShortcuts(actions);

  useEffect(() => {
    const element = film.current;
    if (!element) return;
    const onPlay = () => setStarted(true);
    element.addEventListener('play', onPlay, { once: true });
    playIfAllowed(element);
    return () => element.removeEventListener('play', onPlay);
  }, []);

  const totalSeconds = Math.max(media.durationSeconds, video.duration_seconds ?? 0);
  const quiet = idle && !media.paused && !broken;

  return (
    <div className={quiet ? 'player player--quiet' : 'player'} ref={frame}>
      <video
        ref={film}
        data-testid="player"
        aria-label={video.title}
        // Films may come from another host, and subtitles would not be read from there otherwise.
        crossOrigin="anonymous"
        playsInline
        poster={playback.poster_url ?? undefined}
        onClick={actions.togglePlay}
        onDoubleClick={actions.toggleFullscreen}
      >
        {subtitles.map(({ language, label, url }) => (
          <track key={url} kind="subtitles" srcLang={language} label={label} src={url} />
        ))}
      </video>
      {media.waiting && !media.paused && !broken && (
        <span className="spinner player__spinner" role="status" aria-label="Buffering" />
      )}
      {media.paused && !broken && !started && (
        <button
          type="button"
          className="player__start"
          aria-label="Start playing"
          onClick={actions.togglePlay}
        >
          <Icon name="play" />
        </button>
      )}
      {broken && (
        <div className="player__broken">
          <Notice tone="bad">The film stopped loading.</Notice>
          <button type="button" className="button" onClick={restart}>
            Try again
          </button>
        </div>
      )}
      <Controls
        media={media}
        totalSeconds={totalSeconds}
        actions={actions}
        quality={quality}
        stills={stills}
        fullscreen={fullscreen}
        captions={captions}
      />
    </div>
  );
}
