import type { HoverPreview } from './hover-preview.js';
import { PREVIEW_FILE, STORYBOARD_FOLDER } from './output-files.js';
import type { EncodingPlan, Stills } from './encoding-plan.js';
import type { Storyboard } from './storyboard.js';

/** Three seconds at the peak rate and a full buffer are about 300 kB. */
const PREVIEW_MAX_BPS = 600_000;

const STORYBOARD = '[storyboard]';
const PREVIEW = '[preview]';

/** True where a run makes a storyboard or a hover preview. */
export function hasPreviews({ storyboard, preview }: Stills): boolean {
  return storyboard !== undefined || preview !== undefined;
}

/**
 * The filter chains from the branch `input` to the outputs of {@link previewOutputs}. The last frame is held
 * for as long as they ask for more, so that a picture that ends early leaves no sheet unwritten.
 */
export function previewChains(plan: EncodingPlan, stills: Stills, input: string): string[] {
  const { storyboard, preview } = stills;
  const endless = `${input}tpad=stop=-1:stop_mode=clone`;
  const sheets = storyboard && storyboardChain(plan, storyboard);
  const moving = preview && previewChain(preview);
  if (sheets && moving) return [`${endless},split=2[pb][pm]`, `[pb]${sheets}`, `[pm]${moving}`];
  const only = sheets ?? moving;
  return only === undefined ? [] : [`${endless},${only}`];
}

/** ffmpeg's output arguments for the sprite sheets and the hover preview, without a time limit of their own. */
export function previewOutputs({ storyboard, preview }: Stills, outputDirectory: string): string[] {
  return [
    ...(storyboard ? storyboardArgs(storyboard, outputDirectory) : []),
    ...(preview ? previewArgs(`${outputDirectory}/${PREVIEW_FILE}`) : []),
  ];
}

/**
 * Chosen before it is scaled, a frame that is not shown costs nothing. Tile n is the first frame at or
 * after n intervals: counted, as 30000/1001 has no exact decimal.
 */
function storyboardChain({ frameRate }: EncodingPlan, storyboard: Storyboard): string {
  const { intervalSeconds, tile, columns, rows, count } = storyboard;
  const { numerator, denominator } = frameRate;
  return [
    `select='gte(n*${denominator},selected_n*${intervalSeconds * numerator})'`,
    `trim=end_frame=${count}`,
    // JFIF files carry full-range BT.601.
    `${scale(tile)}:in_color_matrix=bt709:out_color_matrix=bt601:out_range=pc`,
    'format=yuvj420p',
    `tile=${columns}x${rows}`,
    // One sheet a second, or the encoder would repeat sheets to keep a frame rate.
    `settb=1,setpts=N${STORYBOARD}`,
  ].join(',');
}

function previewChain({ startFrame, endFrame, frameStep, ...size }: HoverPreview): string {
  return [
    `trim=start_frame=${startFrame}:end_frame=${endFrame}`,
    'setpts=PTS-STARTPTS',
    `framestep=${frameStep}`,
    `${scale(size)},setsar=1${PREVIEW}`,
  ].join(',');
}

function storyboardArgs({ sheets }: Storyboard, outputDirectory: string): string[] {
  // The muxer reads % as a pattern.
  const folder = `${outputDirectory}/${STORYBOARD_FOLDER}`.replaceAll('%', '%%');
  return [
    ...['-map', STORYBOARD, '-map_metadata', '-1', '-r', '1', '-frames:v', `${sheets}`],
    ...['-c:v', 'mjpeg', '-q:v', '4', '-threads', '1'],
    ...['-f', 'image2', `file:${folder}/sheet_%03d.jpg`],
  ];
}

function previewArgs(path: string): string[] {
  return [
    ...['-map', PREVIEW, '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'main', '-pix_fmt', 'yuv420p'],
    ...['-crf', '28', '-maxrate', `${PREVIEW_MAX_BPS}`, '-bufsize', `${PREVIEW_MAX_BPS}`],
    ...['-bf', '0', '-threads', '1', '-color_range', 'tv', '-colorspace', 'bt709'],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709'],
    ...['-movflags', '+faststart', '-f', 'mp4', `file:${path}`],
  ];
}

function scale({ width, height }: { width: number; height: number }): string {
  return `scale=${width}:${height}:flags=bicubic`;
}
