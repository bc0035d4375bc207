import { Icon } from '../components/icon';
import { clock } from '../format';
import type { PlayerActions } from './actions';
import { SeekBar } from './seek-bar';
import type { Still } from './storyboard';
import { NO_CAPTIONS, type Captions } from './use-captions';
import { AUTO, type HlsPlayback } from './use-hls';
import type { MediaState } from './use-media-state';

interface ControlsProps {
  media: MediaState;
  totalSeconds: number;
  actions: PlayerActions;
  quality: HlsPlayback;
  stills: Still[];
  fullscreen: boolean;
  captions: Captions;
}

export function Controls(props: ControlsProps) {
  const { media, totalSeconds, actions, quality, stills, fullscreen, captions } = props;
  return (
    <div className="controls">
      <SeekBar media={media} totalSeconds={totalSeconds} stills={stills} onSeek={actions.seekTo} />
      <div className="controls__bar">
        <button
          type="button"
          className="icon-button"
          aria-label={media.paused ? 'Play' : 'Pause'}
          onClick={actions.togglePlay}
        >
          <Icon name={media.paused ? 'play' : 'pause'} />
        </button>
        <div className="volume">
          <button
            type="button"
            className="icon-button"
            aria-label={media.muted ? 'Unmute' : 'Mute'}
            onClick={actions.toggleMute}
          >
            <Icon name={media.muted || media.volume === 0 ? 'muted' : 'volume'} />
          </button>
          <input
            type="range"
            aria-label="Volume"
            min={0}
            max={1}
            step={0.05}
            value={media.muted ? 0 : media.volume}
            onChange={(event) => actions.setVolume(event.target.valueAsNumber)}
          />
        </div>
        <span className="controls__time" data-testid="time">
          {clock(media.currentSeconds)}
          <span> / {clock(totalSeconds)}</span>
        </span>
        <span className="controls__gap" />
        {captions.choices.length > 0 && (
          <button
            type="button"
            className="icon-button"
            aria-label="Subtitles"
            aria-pressed={captions.chosen !== NO_CAPTIONS}
            onClick={actions.toggleCaptions}
          >
            <Icon name="captions" />
          </button>
        )}
        {captions.choices.length > 1 && <CaptionsMenu {...captions} />}
        <QualityMenu {...quality} />
        <button
          type="button"
          className="icon-button"
          aria-label={fullscreen ? 'Leave full screen' : 'Full screen'}
          onClick={actions.toggleFullscreen}
        >
          <Icon name={fullscreen ? 'exit' : 'enter'} />
        </button>
      </div>
    </div>
  );
}

function CaptionsMenu({ choices, chosen, choose }: Captions) {
  return (
    <div className="quality">
      <select
        aria-label="Language of the subtitles"
        data-testid="captions"
        value={chosen}
        onChange={(event) => choose(event.target.value)}
      >
        <option value={NO_CAPTIONS}>No subtitles</option>
        {choices.map(({ key, label }) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}

function QualityMenu({ choices, chosen, choose, playingLabel }: HlsPlayback) {
  return (
    <div className="quality">
      {chosen === AUTO && playingLabel !== undefined && (
        <span className="quality__playing" data-testid="playing-quality">
          {playingLabel}
        </span>
      )}
      <select
        aria-label="Quality"
        data-testid="quality"
        value={chosen}
        disabled={choices.length === 0}
        onChange={(event) => choose(event.target.value)}
      >
        <option value={AUTO}>Auto</option>
        {choices.map(({ label }) => (
          <option key={label} value={label}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
