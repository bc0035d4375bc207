import { runProcess } from './run-process.js';

export interface ToolPaths {
  ffmpegPath: string;
  ffprobePath: string;
}

/** What the machine's tools can do, for an operator. */
export interface ToolsReport {
  ffmpegVersion: string;
  ffprobeVersion: string;
  /** Encoders and filters the pipeline uses that this ffmpeg was built without. */
  missing: string[];
}

const ENCODERS = ['libx264', 'aac', 'mjpeg'];
const FILTERS = [
  ...['scale', 'zscale', 'tonemap', 'bwdif', 'fps', 'tpad', 'apad', 'aresample'],
  ...['select', 'tile', 'framestep'],
];

/**
 * Starts both tools and lists what they lack.
 * @throws ToolFailure when one of them does not run
 */
export async function toolsReport({ ffmpegPath, ffprobePath }: ToolPaths): Promise<ToolsReport> {
  const [ffmpegVersion, ffprobeVersion, encoders, filters] = await Promise.all([
    version(ffmpegPath),
    version(ffprobePath),
    names(ffmpegPath, '-encoders'),
    names(ffmpegPath, '-filters'),
  ]);
  const missing = [
    ...ENCODERS.filter((name) => !encoders.has(name)),
    ...FILTERS.filter((name) => !filters.has(name)),
  ];
  return { ffmpegVersion, ffprobeVersion, missing };
}

/** The third word of `ffmpeg version 5.1.9 Copyright ...`. */
async function version(command: string): Promise<string> {
  const lines = await output(command, ['-version']);
  return lines[0]?.split(' ')[2] ?? 'unknown';
}

/** The second column of `-encoders` and `-filters`. */
async function names(command: string, list: string): Promise<Set<string>> {
  const lines = await output(command, ['-hide_banner', list]);
  return new Set(lines.flatMap((line) => line.trim().split(/\s+/)[1] ?? []));
}

async function output(command: string, args: string[]): Promise<string[]> {
  const lines: string[] = [];
  await runProcess({ command, args, onLine: (line) => lines.push(line), limitSeconds: 10 });
  return lines;
}
