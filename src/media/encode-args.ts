import { filterGraph } from './filter-graph.js';
import { exactSegmentSeconds, gopFrames } from './gop.js';
import { inputArgs } from './input-args.js';
import {
  INIT_FILE,
  PLAYLIST_FILE,
  POSTER_FILE,
  segmentFile,
  STORYBOARD_FOLDER,
  THUMBNAIL_FILE,
} from './output-files.js';
import type { AudioRendition, EncodingPlan, EncodingRun, VideoRendition } from './plan.js';
import { previewOutputs } from './preview-args.js';

/** Where a run reads and writes, and how much of the machine it may use. */
export interface EncodeLocations {
  /** Local path of the source. */
  sourcePath: string;
  /** Folder that already holds the empty folders of {@link outputFolders}. */
  outputDirectory: string;
  /** Threads for the decoder, the filters and each encoder; ffmpeg chooses when absent. */
  threads?: number;
}

/** A source that plays longer than was measured stops here, and fails its verification. */
const OVERRUN_SEGMENTS = 2;

/** How much x264's buffer holds, in seconds at the capped bitrate. */
const VBV_SECONDS = 1.5;

/** The folders of a run's renditions, relative to its output directory. */
export function renditionFolders(run: EncodingRun): string[] {
  return [...run.video, ...run.audio].map((rendition) => rendition.folder);
}

/** Every folder a run writes into, relative to its output directory; ffmpeg does not make them. */
export function outputFolders(run: EncodingRun): string[] {
  return [...renditionFolders(run), ...(run.stills?.storyboard ? [STORYBOARD_FOLDER] : [])];
}

/**
 * ffmpeg's arguments, without its name, for one run: one decode, every rung and audio track as HLS in
 * CMAF segments in a folder of its own, the stills, the storyboard and the hover preview. `index.m3u8` of each folder grows while the
 * run lasts and lists only segments that are complete on disk.
 */
export function encodeArgs(
  plan: EncodingPlan,
  run: EncodingRun,
  { sourcePath, outputDirectory, threads }: EncodeLocations,
): string[] {
  const graph = filterGraph(plan, run);
  const threadArgs = threads === undefined ? [] : ['-threads', `${threads}`];
  const filterThreads = threads === undefined ? [] : ['-filter_complex_threads', `${threads}`];
  const still = (label: string | undefined, file: string) =>
    label === undefined ? [] : stillArgs(label, `${outputDirectory}/${file}`);
  return [
    ...['-hide_banner', '-nostdin', '-y', '-loglevel', 'error'],
    ...['-progress', 'pipe:1', '-nostats', '-stats_period', '0.5'],
    ...filterThreads,
    ...run.audio.flatMap(({ decoderDownmix, streamIndex }) =>
      decoderDownmix ? [`-downmix:${streamIndex}`, 'stereo'] : [],
    ),
    // A picture that changes its size midway is scaled on, instead of starting the graph afresh.
    ...['-reinit_filter', '0'],
    ...threadArgs,
    ...inputArgs(sourcePath),
    ...['-filter_complex', graph.description],
    ...run.video.flatMap((rung, at) => [
      ...['-map', graph.video[at] ?? '', ...videoArgs(plan, run, rung), ...threadArgs],
      ...hlsArgs(plan, `${outputDirectory}/${rung.folder}`),
    ]),
    ...run.audio.flatMap((track, at) => [
      ...['-map', graph.audio[at] ?? '', ...audioArgs(track)],
      ...hlsArgs(plan, `${outputDirectory}/${track.folder}`),
    ]),
    ...still(graph.thumbnail, THUMBNAIL_FILE),
    ...still(graph.poster, POSTER_FILE),
    ...(run.stills ? previewOutputs(run.stills, outputDirectory) : []),
  ];
}

/** Key frames are counted in frames, not in seconds, so that every rung has the same ones. */
function videoArgs(plan: EncodingPlan, run: EncodingRun, rung: VideoRendition): string[] {
  const gop = `${gopFrames(plan)}`;
  return [
    ...['-c:v', 'libx264', '-preset', run.preset, '-profile:v', 'high', '-pix_fmt', 'yuv420p'],
    ...['-bf', `${run.bFrames}`, '-crf', `${rung.crf}`, '-maxrate', `${rung.maxBitrateBps}`],
    ...['-bufsize', `${Math.round(rung.maxBitrateBps * VBV_SECONDS)}`],
    ...['-g', gop, '-keyint_min', gop, '-sc_threshold', '0', '-flags', '+cgop'],
    ...['-force_key_frames', `expr:eq(mod(n,${gop}),0)`, '-forced-idr', '1'],
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709'],
    ...['-color_range', 'tv'],
  ];
}

function audioArgs({ bitrateBps, sampleRateHz, channels }: AudioRendition): string[] {
  return [
    ...['-c:a', 'aac', '-profile:a', 'aac_low', '-b:a', `${bitrateBps}`],
    ...['-ar', `${sampleRateHz}`, '-ac', `${channels}`],
  ];
}

/**
 * `cmaf` makes the muxer do without edit lists (ISO/IEC 23000-19 7.5.13), which some players ignore: with
 * B-frames it writes negative composition offsets (trun version 1) instead, so the first picture is at 0.
 */
function hlsArgs(plan: EncodingPlan, folder: string): string[] {
  const limit = plan.durationSeconds + OVERRUN_SEGMENTS * plan.segmentSeconds;
  // The muxer reads % in this one name as a pattern.
  const segments = `${folder.replaceAll('%', '%%')}/${segmentFile('%05d')}`;
  return [
    ...['-t', limit.toFixed(3), '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-max_muxing_queue_size', '4096'],
    ...['-f', 'hls', '-hls_time', floorToMicroseconds(exactSegmentSeconds(plan))],
    ...['-hls_list_size', '0', '-hls_playlist_type', 'event', '-start_number', '1'],
    ...['-hls_segment_type', 'fmp4', '-hls_segment_options', 'movflags=+cmaf'],
    ...['-hls_flags', 'independent_segments+temp_file'],
    ...['-hls_fmp4_init_filename', INIT_FILE, '-hls_segment_filename', segments],
    `${folder}/${PLAYLIST_FILE}`,
  ];
}

/** Rounded up, a cut would miss its key frame and wait for the next. */
function floorToMicroseconds(value: number): string {
  return (Math.floor(value * 1e6) / 1e6).toFixed(6);
}

function stillArgs(label: string, path: string): string[] {
  return [
    ...['-map', label, '-map_metadata', '-1', '-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '3'],
    // One thread and a flush, so that the picture is there at once and not when the run ends.
    ...['-threads', '1', '-flush_packets', '1', '-f', 'mjpeg', `file:${path}`],
  ];
}
