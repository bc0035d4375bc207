import type { AudioRendition, EncodingPlan, EncodingRun, Picture, Stills } from './plan.js';
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
  const video = run.video.map((_, at) => `[v${at}]`);
  const audio = run.audio.map((_, at) => `[a${at}]`);
  const stills = run.stills ? ['[thumbnail]', '[poster]'] : [];
  const chains = [
    ...(video.length > 0 ? pictureChains(plan, run, video) : []),
    ...run.audio.map((track, at) => soundChain(plan, track, `[a${at}]`)),
  ];
  return { description: chains.join(';'), video, audio, thumbnail: stills[0], poster: stills[1] };
}

function pictureChains(plan: EncodingPlan, run: EncodingRun, outputs: string[]): string[] {
  const top = run.video.reduce((a, b) => (a.width * a.height >= b.width * b.height ? a : b));
  const inner = run.video.map((_, at) => `[s${at}]`);
  const extra = run.stills ? ['[still]', ...(hasPreviews(run.stills) ? ['[moments]'] : [])] : [];
  const branches = [...inner, ...extra];
  const base = [
    ...steadyFrames(plan, run.picture),
    ...standardColor(run.picture, top),
    'setsar=1',
    ...freeze(run.picture),
    `split=${branches.length}`,
  ];
  return [
    `[0:${run.picture.streamIndex}]${base.join(',')}${branches.join('')}`,
    ...run.video.map((rung, at) => {
      const filter = rung === top ? 'null' : `${scale(rung)},setsar=1`;
      return `${inner[at] ?? ''}${filter}${outputs[at] ?? ''}`;
    }),
    ...(run.stills ? stillChains(run.stills) : []),
    ...(run.stills ? previewChains(plan, run.stills, '[moments]') : []),
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
  const chain = [
    `aresample=${track.sampleRateHz}:async=1:first_pts=0`,
    `aformat=sample_fmts=fltp:sample_rates=${track.sampleRateHz}:channel_layouts=stereo`,
    `apad=whole_dur=${seconds(plan.durationSeconds)}`,
    `atrim=start_sample=${AAC_PRIMING_SAMPLES}`,
  ];
  return `[0:${track.streamIndex}]${chain.join(',')}${output}`;
}

function scale({ width, height }: { width: number; height: number }): string {
  return `scale=${width}:${height}:flags=bicubic`;
}

/** Plain decimals to the microsecond: ffmpeg reads no exponents here. */
function seconds(value: number): string {
  return value.toFixed(6);
}
