import { DEFAULT_SOURCE_BOUNDS } from './probe.js';

/**
 * Demuxers that may open a source. None of them opens a second file: no hls, dash, concat, image
 * sequences or svg, so a file that names other files is refused before any of them is touched.
 */
const DEMUXERS = [
  ...['mov', 'mp4', 'm4a', '3gp', '3g2', 'mj2'],
  ...['matroska', 'webm', 'avi', 'mpegts', 'mpeg', 'flv', 'asf', 'ogg', 'mxf', 'dv', 'wtv', 'ivf'],
];

/** No network, whatever a file asks for. */
const PROTOCOLS = ['file', 'pipe'];

/**
 * One stream more than is allowed is enough to refuse a file, and no picture that comes later may be larger
 * than the first one might have been.
 */
const { maxStreams, maxSidePixels } = DEFAULT_SOURCE_BOUNDS;
const BOUNDS = ['-max_streams', `${maxStreams + 1}`, '-max_pixels', `${maxSidePixels ** 2}`];

/**
 * The arguments that open an untrusted source, for ffmpeg and ffprobe alike.
 * @param sourcePath local path; the `file:` prefix keeps a name such as `concat:a|b` a name
 */
export function inputArgs(sourcePath: string): string[] {
  return [
    ...['-protocol_whitelist', PROTOCOLS.join(',')],
    ...['-format_whitelist', DEMUXERS.join(',')],
    ...BOUNDS,
    ...['-i', `file:${sourcePath}`],
  ];
}
