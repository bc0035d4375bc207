import { execFileSync } from 'node:child_process';
import { boxes } from '../../../src/media/iso-bmff.js';
import type { MediaSegment } from '../../../src/media/media-segment.js';
import { Packager, type InitSegment } from '../../../src/media/packager.js';
import { samplesOf, type Sample } from '../../../src/media/samples.js';
import type { SegmentLengths } from '../../../src/media/segment-cutter.js';
import type { TrackHeader } from '../../../src/media/track-header.js';

/** The flags of a key frame, and of a frame that depends on others. */
export const KEY = 0x0200_0000;
export const DELTA = 0x0101_0000;

/** The samples of each fragment of a segment. */
export function fragmentSamples(segment: Uint8Array, { defaults }: TrackHeader): Sample[][] {
  const found = boxes(segment);
  return found.flatMap(({ type, payload }, at) =>
    type === 'moof' ? [samplesOf(payload, found[at + 1]?.payload ?? payload, defaults)] : [],
  );
}

/** What a packager makes of a stream that arrives in pieces of some bytes. */
export function packaged(stream: Uint8Array, lengths: SegmentLengths, pieceBytes = 10_000) {
  const packager = new Packager(lengths);
  const segments: MediaSegment[] = [];
  let init: InitSegment | undefined;
  for (let at = 0; at < stream.length; at += pieceBytes) {
    const made = packager.push(stream.subarray(at, at + pieceBytes));
    init = made.init ?? init;
    segments.push(...made.segments);
  }
  segments.push(...packager.end());
  if (!init) throw new Error('The stream has no header.');
  return { init, segments, content: [init.bytes, ...segments.map(({ bytes }) => bytes)] };
}

/** Times, sizes and flags of the packets that ffprobe reads, and a checksum of each one's bytes. */
export function packets(...content: Uint8Array[]): string[] {
  const entries = 'packet=pts,dts,duration,size,flags,data_hash';
  const shown = ['-show_data_hash', 'CRC32', '-show_entries', entries, '-of', 'csv=p=0', '-'];
  const input = Buffer.concat(content);
  const text = execFileSync('ffprobe', ['-v', 'error', ...shown], { input }).toString();
  return text.split('\n').filter(Boolean);
}
