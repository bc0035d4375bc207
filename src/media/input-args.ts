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
 * The arguments that open an untrusted source, for ffmpeg and ffprobe alike.
 * @param sourcePath local path; the `file:` prefix keeps a name such as `concat:a|b` a name
 */
export function inputArgs(sourcePath: string): string[] {
  return [
    ...['-protocol_whitelist', PROTOCOLS.join(',')],
    ...['-format_whitelist', DEMUXERS.join(',')],
    ...['-i', `file:${sourcePath}`],
  ];
}
