import { useState, type PointerEvent } from 'react';

import { clock } from '../format';
import type { MediaState } from './use-media-state';
import type { Still } from './storyboard';

interface SeekBarProps {
  media: MediaState;
  totalSeconds: number;
  stills: Still[];
  onSeek: (seconds: number) => void;
}

export function SeekBar({ media, totalSeconds, stills, onSeek }: SeekBarProps) {
  const [hover, setHover] = useState<{ seconds: number; left: number }>();
  const part = (value: number) => (totalSeconds > 0 ? Math.min(1, value / totalSeconds) : 0);

  const follow = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const left = Math.min(Math.max(event.clientX - box.left, 0), box.width);
    setHover({ seconds: (left / box.width) * totalSeconds, left: (left / box.width) * 100 });
  };

  return (
    <div className="seek" onPointerMove={follow} onPointerLeave={() => setHover(undefined)}>
      <div className="seek__track">
        <div
          className="seek__reach"
          style={{ transform: `scaleX(${part(media.seekableSeconds)})` }}
        />
        <div
          className="seek__buffer"
          style={{ transform: `scaleX(${part(media.bufferedSeconds)})` }}
        />
        <div
          className="seek__done"
          style={{ transform: `scaleX(${part(media.currentSeconds)})` }}
        />
      </div>
      <input
        type="range"
        aria-label="Seek"
        aria-valuetext={`${clock(media.currentSeconds)} of ${clock(totalSeconds)}`}
        min={0}
        max={totalSeconds || 1}
        step="any"
        value={Math.min(media.currentSeconds, totalSeconds)}
        onChange={(event) => onSeek(event.target.valueAsNumber)}
      />
      {hover && totalSeconds > 0 && <Preview {...hover} stills={stills} />}
    </div>
  );
}

interface PreviewProps {
  seconds: number;
  left: number;
  stills: Still[];
}

function Preview({ seconds, left, stills }: PreviewProps) {
  // The last one holds to the end, wherever the player takes that to be.
  const still = stills.findLast((entry) => entry.startSeconds <= seconds);
  const half = `${(still?.width ?? 60) / 2}px`;
  return (
    <div
      className="seek__preview"
      style={{ left: `clamp(${half}, ${left}%, calc(100% - ${half}))` }}
      aria-hidden="true"
    >
      {still && (
        <div
          className="seek__still"
          style={{
            width: still.width,
            height: still.height,
            backgroundImage: `url("${still.sheetUrl}")`,
            backgroundPosition: `${-still.x}px ${-still.y}px`,
          }}
        />
      )}
      <span>{clock(seconds)}</span>
    </div>
  );
}
