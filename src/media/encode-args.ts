import { deviceArgs, encoderArgs } from './encoders.js';
import { filterGraph } from './filter-graph.js';
import { followsSource, gopFrames, SOURCE_GOP_FRAMES } from './gop.js';
import { inputArgs } from './input-args.js';
import { POSTER_FILE, STORYBOARD_FOLDER, THUMBNAIL_FILE } from './output-files.js';
import type {
  AudioRendition,
  Bitstream,
  EncodingPlan,
  EncodingRun,
  Picture,
  VideoRendition,
} from './encoding-plan.js';
import { LONGEST_GAP_SECONDS } from './playing-time.js';
import { previewOutputs } from './preview-args.js';

/** Where a run reads and writes, and how much of the machine it may use. */
export interface EncodeLocations {
  /** Local path of the source. */
  sourcePath: string;
  /** Folder of the stills, that already holds the empty folders of {@link stillsFolders}. */
  outputDirectory: string;
  /** Threads for the decoder, the filters and each encoder; ffmpeg chooses when absent. */
  threads?: number;
}

/** A source that plays longer than was measured stops here, and fails its verification. */
const OVERRUN_SEGMENTS = 2;

/** Sound is handed over in pieces of this length. */
const AUDIO_FRAGMENT_SECONDS = 0.5;

const VIDEO_FRAGMENTS = ['-movflags', '+cmaf+empty_moov+frag_keyframe'];

/** Frames keep the times they have in the source, told in ticks that every container's fit into. */
const SOURCE_TIMES = ['-fps_mode', 'passthrough', '-enc_time_base', '1/90000'];

const AUDIO_FRAGMENTS = [
  ...['-movflags', '+cmaf+empty_moov', '-frag_duration', `${AUDIO_FRAGMENT_SECONDS * 1e6}`],
];

/** The file descriptor to which ffmpeg writes the first rendition; the next one follows. */
const FIRST_OUTPUT = 3;

/** The folders of a run's renditions, in the order of its outputs. */
export function renditionFolders(run: EncodingRun): string[] {
  return [...run.video, ...run.audio].map((rendition) => rendition.folder);
}

/** Every folder a run writes stills into, relative to its output directory; ffmpeg does not make them. */
export function stillsFolders(run: EncodingRun): string[] {
  return run.stills?.storyboard ? [STORYBOARD_FOLDER] : [];
}

/**
 * ffmpeg's arguments, without its name, for one run: one decode, every rung and audio track as a stream of
 * fragmented MP4 to a pipe of its own, from `pipe:3` on in the order of {@link renditionFolders}, and the
 * stills, the storyboard and the hover preview as files.
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
    // Beyond it, a source's clock is not believed, so that no gap is filled for hours.
    ...['-dts_error_threshold', `${LONGEST_GAP_SECONDS}`],
    ...deviceArgs(run.video.map(({ encoder }) => encoder)),
    ...threadArgs,
    ...inputArgs(sourcePath),
    ...(graph.description === '' ? [] : ['-filter_complex', graph.description]),
    ...run.video.flatMap((rung, at) => [
      ...(run.bitstream
        ? bitstreamArgs(run.picture, run.bitstream, rung)
        : ['-map', graph.video[at] ?? '', ...videoArgs(plan, run, rung), ...threadArgs]),
      ...streamArgs(plan, FIRST_OUTPUT + at, VIDEO_FRAGMENTS),
    ]),
    ...run.audio.flatMap((track, at) => [
      ...['-map', graph.audio[at] ?? '', ...audioArgs(track)],
      ...streamArgs(plan, FIRST_OUTPUT + run.video.length + at, AUDIO_FRAGMENTS),
    ]),
    ...clockArgs(plan, run),
    ...still(graph.thumbnail, THUMBNAIL_FILE),
    ...still(graph.poster, POSTER_FILE),
    ...(run.stills ? previewOutputs(run.stills, outputDirectory) : []),
  ];
}

/**
 * The picture as the source has it. What its headers say of colours it is told if they are silent, and that
 * its pixels are square also if they are so but for a rounding.
 */
function bitstreamArgs(
  { streamIndex }: Picture,
  { color }: Bitstream,
  { width, height }: VideoRendition,
): string[] {
  const tags = ['colour_primaries', 'transfer_characteristics', 'matrix_coefficients'];
  const colors = color === undefined ? [] : tags.map((tag) => `${tag}=${color}`);
  const metadata = ['sample_aspect_ratio=1/1', ...colors].join(':');
  return [
    ...['-map', `0:${streamIndex}`, '-c:v', 'copy', '-aspect', `${width}:${height}`],
    ...['-bsf:v', `h264_metadata=${metadata}`],
  ];
}

/**
 * Key frames are counted in frames, not in seconds, so that every rung of a codec has the same ones. An
 * encoder that cannot be told where they are counts for itself, also beside a source's own key frames.
 */
function videoArgs(plan: EncodingPlan, run: EncodingRun, rung: VideoRendition): string[] {
  const { preset, bFrames } = run;
  const { encoder, crf, maxBitrateBps } = rung;
  const task = { preset, bFrames, crf, maxBitrateBps };
  if (followsSource(plan, rung)) {
    const gop = { gopFrames: SOURCE_GOP_FRAMES, keyFrames: 'source' };
    return [...encoderArgs(encoder, { ...task, ...gop }), ...SOURCE_TIMES];
  }
  const frames = gopFrames(plan);
  const gop = { gopFrames: frames, keyFrames: `expr:eq(mod(n,${frames}),0)` };
  return encoderArgs(encoder, { ...task, ...gop });
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
function streamArgs(plan: EncodingPlan, output: number, fragments: readonly string[]): string[] {
  const limit = plan.durationSeconds + OVERRUN_SEGMENTS * plan.segmentSeconds;
  return [
    ...['-t', limit.toFixed(3), '-map_metadata', '-1', '-map_chapters', '-1'],
    ...['-max_muxing_queue_size', '4096', ...fragments, '-flush_packets', '1'],
    ...['-f', 'mp4', `pipe:${output}`],
  ];
}

/**
 * ffmpeg counts time from the first packet of the streams it uses, not of the file: all runs of a plan have
 * to use the same ones.
 */
function clockArgs(plan: EncodingPlan, { audio }: EncodingRun): string[] {
  const used = audio.map(({ streamIndex }) => streamIndex);
  return plan.runs
    .flatMap((other) => other.audio)
    .filter(({ streamIndex }) => !used.includes(streamIndex))
    .flatMap(({ streamIndex }) => ['-map', `0:${streamIndex}`, '-c', 'copy', '-f', 'null', '-']);
}

function stillArgs(label: string, path: string): string[] {
  return [
    ...['-map', label, '-map_metadata', '-1', '-frames:v', '1', '-c:v', 'mjpeg', '-q:v', '3'],
    // One thread and a flush, so that the picture is there at once and not when the run ends.
    ...['-threads', '1', '-flush_packets', '1', '-f', 'mjpeg', `file:${path}`],
  ];
}
