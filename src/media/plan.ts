import { canKeepUp, type Pace } from './encode-cost.js';
import { encodedBy } from './encoders.js';
import {
  FIRST_RUN,
  type AudioRendition,
  type EncodingPlan,
  type EncodingRun,
  type Picture,
  type Stills,
  type VideoRendition,
} from './encoding-plan.js';
import { DEFAULT_ENCODING_SETTINGS, type EncodingSettings } from './encoding-settings.js';
import { encodedFrameRate, framesPerSecond, type FrameRate } from './frame-rate.js';
import { planHoverPreview } from './hover-preview.js';
import { ladderFor, type Rung } from './ladder.js';
import { isRemuxable } from './remux.js';
import type { AudioTrack, SourceInfo, VideoTrack } from './source-info.js';
import { planStoryboard } from './storyboard.js';
import { planSubtitles } from './subtitle-plan.js';
import { trackName } from './track-name.js';

const GOP_SECONDS = 2;
const SEGMENT_SECONDS = 4;
const POSTER_AT = 0.1;

/** A small machine encodes this several times as fast as it is watched. */
const FIRST_RUNG_SHORT_SIDE = 480;

/** Audio that outlasts the picture by less than this needs no frozen last frame. */
const UNNOTICED_SECONDS = 0.5;

/**
 * Decides how a source is encoded. The same arguments always give the same plan.
 * @param pace how fast the machine encodes; without it, as fast as anybody watches
 */
export function planEncoding(
  source: SourceInfo,
  settings: EncodingSettings = DEFAULT_ENCODING_SETTINGS,
  pace?: Pace,
): EncodingPlan {
  const { durationSeconds, video } = source;
  const frameRate = encodedFrameRate(video, settings.maxFrameRate);
  const rungs = ladderFor({ ...video, frameRate: framesPerSecond(frameRate) }, settings);
  const top = rungs.at(-1) ?? { width: video.width, height: video.height };
  const shown = picture(video, durationSeconds, frameRate);
  const run = (id: string, renditions: VideoRendition[]): EncodingRun => ({
    id,
    preset: settings.preset,
    bFrames: settings.bFrames,
    picture: shown,
    video: renditions,
    audio: [],
  });
  const [encoder, ...furtherEncoders] = settings.encoders;
  const further = furtherEncoders.flatMap((other) => encodedBy(other, rungs));
  const [first, rest] = split(source, rungs, further, frameRate, settings, pace);
  const later = [...encodedBy(encoder, rest), ...further];
  const sound = audioRenditions(source.audio.slice(0, settings.maxAudioTracks), settings);
  const drawn = stills(top, durationSeconds, frameRate, settings);
  return {
    version: 1,
    durationSeconds,
    frameRate,
    gopSeconds: GOP_SECONDS,
    segmentSeconds: SEGMENT_SECONDS,
    keyFrames: first?.isBitstream ? 'source' : 'steady',
    runs: first
      ? [
          {
            ...run(FIRST_RUN, encodedBy(first.isBitstream ? 'x264' : encoder, [first.rung])),
            bitstream: first.isBitstream ? { color: missingColor(video) } : undefined,
            audio: sound,
          },
          { ...run('main', later), stills: drawn },
        ]
      : [{ ...run('main', later), audio: sound, stills: drawn }],
    subtitles: planSubtitles(source.subtitles),
  };
}

/**
 * The rung that is made before the others, so that people can watch while these are made: the source's own
 * bitstream where it will do, else a small one where the machine cannot encode them all as fast as they
 * are watched.
 */
function split(
  source: SourceInfo,
  rungs: readonly Rung[],
  further: readonly VideoRendition[],
  frameRate: FrameRate,
  settings: EncodingSettings,
  pace: Pace | undefined,
): [{ rung: Rung; isBitstream: boolean } | undefined, readonly Rung[]] {
  const top = rungs.at(-1);
  const without = (rung: Rung) => rungs.filter((other) => other !== rung);
  if (top && settings.remux && isRemuxable(source, top, frameRate, SEGMENT_SECONDS)) {
    return [{ rung: top, isBitstream: true }, without(top)];
  }
  const small = rungs.filter(({ shortSide }) => shortSide <= FIRST_RUNG_SHORT_SIDE).at(-1);
  const isSlow =
    pace !== undefined && !canKeepUp(pace, [...rungs, ...further], framesPerSecond(frameRate));
  if (!isSlow || !small || rungs.length + further.length === 1) return [undefined, rungs];
  return [{ rung: small, isBitstream: false }, without(small)];
}

function picture(video: VideoTrack, durationSeconds: number, frameRate: FrameRate): Picture {
  const { index, startSeconds, endSeconds, interlaced, color } = video;
  const missing = durationSeconds - (endSeconds ?? durationSeconds);
  return {
    streamIndex: index,
    shiftSeconds: gridShift(startSeconds, framesPerSecond(frameRate)),
    deinterlace: interlaced,
    toneMapFrom:
      color.transfer === 'smpte2084' || color.transfer === 'arib-std-b67'
        ? color.transfer
        : undefined,
    matrix: matrixOf(video),
    freezeSeconds: missing > UNNOTICED_SECONDS ? missing : 0,
  };
}

/**
 * A picture that starts between two frames of the grid (audio priming moves it by some milliseconds)
 * would be rounded now up, now down; it is moved onto the grid by less than one frame.
 */
function gridShift(startSeconds: number, fps: number): number {
  const frames = startSeconds * fps;
  return (frames - (frames < 1 ? 0 : Math.round(frames))) / fps;
}

/** From ffprobe's names to those of the scale filter. */
const MATRICES: Readonly<Record<string, Picture['matrix']>> = {
  bt709: 'bt709',
  smpte240m: 'smpte240m',
  fcc: 'fcc',
  bt470bg: 'bt601',
  smpte170m: 'bt601',
  bt2020nc: 'bt2020',
  bt2020c: 'bt2020',
};

/** Where a bitstream leaves its colours open, players would guess, and not all the same. */
function missingColor(video: VideoTrack): 1 | 6 | undefined {
  const { primaries, transfer, matrix } = video.color;
  if (primaries && transfer && matrix) return undefined;
  return matrixOf(video) === 'bt709' ? 1 : 6;
}

/** Untagged video follows the convention of its time: BT.601 for standard definition, else BT.709. */
function matrixOf({ color, width, height }: VideoTrack): Picture['matrix'] {
  const byConvention = width >= 1280 || height >= 720 ? 'bt709' : 'bt601';
  return MATRICES[color.matrix ?? ''] ?? byConvention;
}

function audioRenditions(tracks: AudioTrack[], settings: EncodingSettings): AudioRendition[] {
  const names = new Set<string>();
  const preferred = Math.max(
    0,
    tracks.findIndex((track) => track.isDefault),
  );
  return tracks.map((track, position) => ({
    folder: track.language ? `a${position}-${track.language}` : `a${position}`,
    streamIndex: track.index,
    language: track.language,
    name: trackName(track, `Audio ${position + 1}`, names),
    isDefault: position === preferred,
    decoderDownmix: track.codec === 'ac3' || track.codec === 'eac3',
    channels: 2,
    sampleRateHz: 48_000,
    bitrateBps: settings.audioBitrateBps,
    loudness: settings.loudness,
  }));
}

function stills(
  top: { width: number; height: number },
  durationSeconds: number,
  frameRate: FrameRate,
  { thumbnailWidth, posterMaxWidth, previewMaxWidth }: EncodingSettings,
): Stills {
  return {
    frame: Math.floor(durationSeconds * POSTER_AT * framesPerSecond(frameRate)),
    thumbnail: fitWidth(top, thumbnailWidth),
    poster: fitWidth(top, posterMaxWidth),
    storyboard: planStoryboard(durationSeconds, top),
    preview: planHoverPreview(durationSeconds, frameRate, fitWidth(top, previewMaxWidth)),
  };
}

function fitWidth({ width, height }: { width: number; height: number }, maxWidth: number) {
  const scale = Math.min(1, maxWidth / width);
  return { width: evenAtLeast2(width * scale), height: evenAtLeast2(height * scale) };
}

function evenAtLeast2(side: number): number {
  return Math.max(2, 2 * Math.round(side / 2));
}
