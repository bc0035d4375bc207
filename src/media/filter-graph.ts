import { uploadFilter } from './encoders.js';
import type {
  AudioRendition,
  EncodingPlan,
  EncodingRun,
  Loudness,
  Picture,
  Stills,
  VideoRendition,
} from './encoding-plan.js';
import { followsSource } from './gop.js';
import { hasPreviews, previewChains } from './preview-args.js';

/**
 * AAC's encoder prepends 1024 samples of priming. Dropping as many from the front lets the first
 * packet start at exactly 0 with the sound in place, and no edit list to say so.
 */
const AAC_PRIMING_SAMPLES = 1024;

/** Labels of the graph's outputs, in the order of the run's renditions. */
export interface FilterGraph {
  /** The value of `-filter_complex`. */
  description: string;
  video: string[];
  audio: string[];
  thumbnail: string | undefined;
  poster: string | undefined;
}

/** One graph for a whole run: each source stream is decoded once and fans out to every rendition. */
export function filterGraph(plan: EncodingPlan, run: EncodingRun): FilterGraph {
  const video = run.bitstream ? [] : run.video.map((_, at) => `[v${at}]`);
  const audio = run.audio.map((_, at) => `[a${at}]`);
  const stills = run.stills ? ['[thumbnail]', '[poster]'] : [];
  const chains = [
    ...(video.length > 0 || run.stills ? pictureChains(plan, run, video) : []),
    ...run.audio.map((track, at) => soundChain(plan, track, `[a${at}]`)),
  ];
  return { description: chains.join(';'), video, audio, thumbnail: stills[0], poster: stills[1] };
}

function pictureChains(plan: EncodingPlan, run: EncodingRun, outputs: string[]): string[] {
  const sizes = [...run.video, ...(run.stills ? [run.stills.poster] : [])];
  const top = sizes.reduce((a, b) => (a.width * a.height >= b.width * b.height ? a : b));
  const scaled = outputs.length === 0 ? [] : bySize(run.video);
  const inner = scaled.map((_, at) => `[s${at}]`);
  const extra = run.stills ? ['[still]', ...(hasPreviews(run.stills) ? ['[moments]'] : [])] : [];
  const isSteady = plan.keyFrames === 'steady';
  const color = [...standardColor(run.picture, top), 'setsar=1', ...freeze(run.picture)];
  const base = isSteady ? [...steadyFrames(plan, run.picture), ...color] : color;
  // Frames that keep their times have to be counted elsewhere.
  const counted = isSteady || !run.stills ? [] : ['[counted]'];
  const branches = [...inner, ...(counted.length > 0 ? counted : extra)];
  return [
    `[0:${run.picture.streamIndex}]${base.join(',')},split=${branches.length}${branches.join('')}`,
    ...counted.map(
      (label) =>
        `${label}${steadyFrames(plan, run.picture).join(',')},split=${extra.length}${extra.join('')}`,
    ),
    ...scaled.flatMap((rungs, at) => {
      const filter = rungs.some((rung) => rung === top) ? 'null' : `${scale(rungs[0])},setsar=1`;
      const labels = rungs.map((rung) => outputs[run.video.indexOf(rung)] ?? '');
      const ending = (rung: VideoRendition) => [
        ...(isSteady || followsSource(plan, rung) ? [] : steadyFrames(plan, run.picture)),
        ...[uploadFilter(rung.encoder) ?? []].flat(),
      ];
      return rungChains(rungs, `${inner[at] ?? ''}${filter}`, labels, ending);
    }),
    ...(run.stills ? stillChains(run.stills) : []),
    ...(run.stills ? previewChains(plan, run.stills, '[moments]') : []),
  ];
}

type SameSize = [VideoRendition, ...VideoRendition[]];

/** Rungs of one size, which differ in their codec, are scaled once. */
function bySize(rungs: readonly VideoRendition[]): SameSize[] {
  const sizes = new Map<string, SameSize>();
  for (const rung of rungs) {
    const size = `${rung.width}x${rung.height}`;
    const same = sizes.get(size);
    if (same) same.push(rung);
    else sizes.set(size, [rung]);
  }
  return [...sizes.values()];
}

/** Ends a chain at the encoder of its rung, or hands copies of the frames to those of several. */
function rungChains(
  rungs: SameSize,
  chain: string,
  labels: readonly string[],
  ending: (rung: VideoRendition) => readonly string[],
): string[] {
  if (rungs.length === 1) return [`${[chain, ...ending(rungs[0])].join(',')}${labels[0] ?? ''}`];
  const copies = labels.map((label) => label.replace('v', 'c'));
  return [
    `${chain},split=${rungs.length}${copies.join('')}`,
    ...rungs.map((rung, at) => {
      const filters = ending(rung).join(',') || 'null';
      return `${copies[at] ?? ''}${filters}${labels[at] ?? ''}`;
    }),
  ];
}

/** Progressive frames at a constant rate from time 0 on; gaps repeat the frame before. */
function steadyFrames({ frameRate }: EncodingPlan, picture: Picture): string[] {
  const { shiftSeconds, deinterlace } = picture;
  return [
    ...(shiftSeconds === 0 ? [] : [`setpts=PTS-${seconds(shiftSeconds)}/TB`]),
    ...(deinterlace ? ['bwdif=mode=send_frame:deint=interlaced'] : []),
    `fps=${frameRate.numerator}/${frameRate.denominator}:start_time=0`,
  ];
}

/**
 * 8-bit 4:2:0 BT.709 at the top rung's size, from which the smaller rungs are scaled. HDR is reduced in
 * size before it is tone-mapped, as tone mapping works on floats and is the dearest step.
 */
function standardColor(picture: Picture, top: { width: number; height: number }): string[] {
  const tagged = 'setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv';
  if (picture.toneMapFrom === undefined) {
    const matrices = `in_color_matrix=${picture.matrix}:out_color_matrix=bt709:out_range=tv`;
    return [`${scale(top)}:${matrices}`, 'format=yuv420p', tagged];
  }
  return [
    `setparams=color_primaries=bt2020:color_trc=${picture.toneMapFrom}:colorspace=bt2020nc`,
    scale(top),
    'zscale=transfer=linear:npl=100',
    'format=gbrpf32le',
    'zscale=primaries=bt709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=transfer=bt709:matrix=bt709:range=tv',
    'format=yuv420p',
    tagged,
  ];
}

function freeze({ freezeSeconds }: Picture): string[] {
  if (freezeSeconds === 0) return [];
  return [`tpad=stop_mode=clone:stop_duration=${seconds(freezeSeconds)}`];
}

/** JFIF files carry full-range BT.601. */
function stillChains({ frame, thumbnail, poster }: Stills): string[] {
  const jfif = 'in_color_matrix=bt709:out_color_matrix=bt601:out_range=pc,format=yuvj420p';
  return [
    `[still]trim=start_frame=${frame}:end_frame=${frame + 1},split=2[t][p]`,
    `[t]${scale(thumbnail)}:${jfif}[thumbnail]`,
    `[p]${scale(poster)}:${jfif}[poster]`,
  ];
}

/** Stereo from time 0 to the end of the title: gaps and an early end become silence. */
function soundChain(plan: EncodingPlan, track: AudioRendition, output: string): string {
  const stereo = `aformat=sample_fmts=fltp:sample_rates=${track.sampleRateHz}:channel_layouts=stereo`;
  const chain = [
    `aresample=${track.sampleRateHz}:async=1:first_pts=0`,
    stereo,
    // It works at 192 kHz, to find the peaks between samples.
    ...(track.loudness
      ? [loudnorm(track.loudness), `aresample=${track.sampleRateHz}`, stereo]
      : []),
    `apad=whole_dur=${seconds(plan.durationSeconds)}`,
    `atrim=start_sample=${AAC_PRIMING_SAMPLES}`,
  ];
  return `[0:${track.streamIndex}]${chain.join(',')}${output}`;
}

/** In the one pass: louder and quieter as it goes along, looking three seconds ahead. */
function loudnorm({ integratedLufs, rangeLu, truePeakDb }: Loudness): string {
  return `loudnorm=I=${integratedLufs}:LRA=${rangeLu}:TP=${truePeakDb}`;
}

function scale({ width, height }: { width: number; height: number }): string {
  return `scale=${width}:${height}:flags=bicubic`;
}

/** Plain decimals to the microsecond: ffmpeg reads no exponents here. */
function seconds(value: number): string {
  return value.toFixed(6);
}
