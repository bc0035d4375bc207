import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  encodeArgs,
  renditionFolders,
  stillsFolders,
  type EncodeLocations,
} from '../../../src/media/encode-args.js';
import { assertDecodable } from '../../../src/media/avc-bitstream.js';
import { followsSource, segmentLengths } from '../../../src/media/gop.js';
import { mediaPlaylist, type Segment } from '../../../src/media/hls-media-playlist.js';
import type { MediaSegment } from '../../../src/media/media-segment.js';
import { INIT_FILE, PLAYLIST_FILE, segmentFile } from '../../../src/media/output-files.js';
import { Packager } from '../../../src/media/packager.js';
import { SourceClock } from '../../../src/media/source-clock.js';
import type { EncodingPlan, EncodingRun } from '../../../src/media/encoding-plan.js';
import { runFfmpeg, type FfmpegOptions } from '../../../src/media-tools/ffmpeg.js';

/** Runs ffmpeg as the pipeline does; its renditions come to lie beside its stills. */
export async function encodeIntoFolder(
  plan: EncodingPlan,
  run: EncodingRun,
  locations: EncodeLocations,
  options: Partial<FfmpegOptions> = {},
) {
  for (const folder of stillsFolders(run)) mkdirSync(join(locations.outputDirectory, folder));
  const outputs = renditionFolders(run).map((folder) => {
    const directory = join(locations.outputDirectory, folder);
    mkdirSync(directory);
    const rung = run.video.find((video) => video.folder === folder);
    const inspect = run.bitstream && assertDecodable;
    const clock = rung && followsSource(plan, rung) ? new SourceClock(inspect) : undefined;
    const packager = new Packager(segmentLengths(plan), clock);
    return (bytes: Readable) => packageIntoFolder(plan, directory, packager, bytes);
  });
  const args = encodeArgs(plan, run, locations);
  return runFfmpeg({ ffmpegPath: 'ffmpeg', args, outputs, ...options });
}

async function packageIntoFolder(
  plan: EncodingPlan,
  directory: string,
  packager: Packager,
  stream: Readable,
) {
  const segments: Segment[] = [];
  let timescale = NaN;
  const write = ({ bytes, durationTicks }: MediaSegment) => {
    const uri = segmentFile(segments.length + 1);
    writeFileSync(join(directory, uri), bytes);
    segments.push({ uri, durationSeconds: durationTicks / timescale });
  };
  for await (const piece of stream) {
    const made = packager.push(piece as Uint8Array);
    if (made.init) {
      timescale = made.init.track.timescale;
      writeFileSync(join(directory, INIT_FILE), made.init.bytes);
    }
    made.segments.forEach(write);
  }
  packager.end().forEach(write);
  const { segmentSeconds: targetSegmentSeconds } = plan;
  const list = { segments, ended: true, initUri: INIT_FILE, targetSegmentSeconds };
  writeFileSync(join(directory, PLAYLIST_FILE), mediaPlaylist(list));
}
