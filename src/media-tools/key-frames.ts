import { open, type FileHandle } from 'node:fs/promises';
import { inputArgs } from '../media/input-args.js';
import { boxHeader, viewOf } from '../media/iso-bmff.js';
import { KeyFrameMeter, type KeyFrames } from '../media/key-frame-meter.js';
import { indexedKeyFrames } from '../media/sample-tables.js';
import type { SourceInfo } from '../media/source-info.js';
import { runProcess } from './run-process.js';
import { ToolFailure } from './tool-failure.js';

export interface KeyFrameOptions {
  ffprobePath: string;
  /** For a source without an index of its own: nobody waits longer to see it; 5 s when absent. */
  limitSeconds?: number;
  signal?: AbortSignal | undefined;
}

/** The index of a film of a day has some 50 MB. */
const MAX_INDEX_BYTES = 128 * 2 ** 20;

/** Its index is one of the first boxes of a file, or the last one of a few. */
const MAX_BOXES = 1000;

/**
 * Where a source's key frames are: from its index if it has one, else from its packets as long as these
 * are quickly read. Undefined where that cannot be told.
 */
export async function keyFramesOf(
  path: string,
  source: SourceInfo,
  options: KeyFrameOptions,
): Promise<KeyFrames | undefined> {
  if (!source.container.split(',').includes('mp4')) return scan(path, source, options);
  const index = await movieBox(path);
  return index && readIndex(index);
}

function readIndex(index: Uint8Array): KeyFrames | undefined {
  try {
    return indexedKeyFrames(index);
  } catch (error) {
    // Boxes that do not add up: ffmpeg may make something of them, we do not have to.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Payload of the movie box, wherever it lies among the file's outermost boxes. */
async function movieBox(path: string): Promise<Uint8Array | undefined> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (let at = 0, seen = 0; at + 16 <= size && seen < MAX_BOXES; seen += 1) {
      const { type, headerBytes, totalBytes } = boxHeader(viewOf(await read(file, at, 16)), 0);
      if (type === 'moov' && totalBytes <= MAX_INDEX_BYTES) {
        return await read(file, at + headerBytes, Math.min(totalBytes, size - at) - headerBytes);
      }
      if (totalBytes < headerBytes) return undefined;
      at += totalBytes;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

async function read(file: FileHandle, at: number, bytes: number): Promise<Uint8Array> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(Math.max(0, bytes)), 0, bytes, at);
  return buffer.subarray(0, bytesRead);
}

async function scan(
  path: string,
  source: SourceInfo,
  { ffprobePath, limitSeconds = 5, signal }: KeyFrameOptions,
): Promise<KeyFrames | undefined> {
  const meter = new KeyFrameMeter();
  try {
    await runProcess({
      command: ffprobePath,
      args: [
        ...['-v', 'error', '-hide_banner', '-select_streams', `${source.video.index}`],
        ...['-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0', ...inputArgs(path)],
      ],
      onLine: (line) => {
        const [shown = '', flags] = line.split(',');
        // ffprobe ends packets that carry side data with an empty line.
        if (flags !== undefined) meter.add(Number.parseFloat(shown), flags.includes('K'));
      },
      limitSeconds,
      signal,
    });
  } catch (error) {
    if (error instanceof ToolFailure && error.reason === 'timeout') return undefined;
    throw error;
  }
  return meter.measured();
}
