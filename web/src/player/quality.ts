import type { Level } from 'hls.js';

export interface Quality {
  label: string;
  levelIndex: number;
}

/** The choices for a set of levels, sharpest first, one for each name. */
export function qualities(levels: readonly Level[]): Quality[] {
  const best = new Map<string, { quality: Quality; bitrate: number; size: number }>();
  levels.forEach((level, levelIndex) => {
    const label = levelLabel(level);
    const held = best.get(label);
    if (held && held.bitrate >= level.bitrate) return;
    const size = shortSide(level);
    best.set(label, { quality: { label, levelIndex }, bitrate: level.bitrate, size });
  });
  return [...best.values()]
    .sort((a, b) => b.size - a.size || b.bitrate - a.bitrate)
    .map(({ quality }) => quality);
}

/** `720p`: the name the playlist gives, else the short side, else the bitrate. */
export function levelLabel(level: Level): string {
  if (/^\d+p/.test(level.name)) return level.name;
  const side = shortSide(level);
  return side > 0 ? `${side}p` : `${Math.round(level.bitrate / 1000)} kbit/s`;
}

const shortSide = ({ width, height }: Level): number =>
  width > 0 && height > 0 ? Math.min(width, height) : height;
