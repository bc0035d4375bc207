import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { Rendition } from '../../../src/catalogue/rendition.entity.js';
import { DiskStorage } from '../../../src/infrastructure/storage/disk-storage.js';
import { probeSource } from '../../../src/media-tools/ffprobe.js';
import { runFfmpeg } from '../../../src/media-tools/ffmpeg.js';
import { dashMpd } from '../../../src/media/dash-mpd.js';
import { encodeArgs, renditionFolders, stillsFolders } from '../../../src/media/encode-args.js';
import { segmentLengths } from '../../../src/media/gop.js';
import { outputKey } from '../../../src/media/object-keys.js';
import { Packager } from '../../../src/media/packager.js';
import {
  DEFAULT_ENCODING_SETTINGS,
  type EncodingSettings,
} from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import { FinishedRenditions } from '../../../src/pipeline/finished-rendition.js';
import { multivariantOf } from '../../../src/pipeline/multivariant.js';
import { RenditionPublisher } from '../../../src/pipeline/rendition-publisher.js';

const ids = {
  videoId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01',
  revisionId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a02',
};

/** Encodes a clip with the real ffmpeg, and lays it and its manifests into a storage of its own. */
export async function titleInStorage(source: string, changes: Partial<EncodingSettings> = {}) {
  const work = await mkdtemp(path.join(tmpdir(), 'videoflix-title-'));
  const media = path.join(work, 'media');
  const storage = new DiskStorage(media);
  const settings = {
    ...DEFAULT_ENCODING_SETTINGS,
    rungShortSides: [90, 180],
    remux: false,
    preset: 'ultrafast',
    ...changes,
  };
  const plan = planEncoding(await probeSource(source, { ffprobePath: 'ffprobe' }), settings);
  const run = plan.runs[0];
  if (!run) throw new Error('A plan has a run.');
  const encoder = path.join(work, 'encoder');
  for (const folder of ['', ...stillsFolders(run)]) await mkdir(path.join(encoder, folder));
  const publishers = renditionFolders(run).map((folder) => {
    const packager = new Packager(segmentLengths(plan));
    return new RenditionPublisher(storage, ids, folder, packager, plan.segmentSeconds);
  });
  const locations = { sourcePath: source, outputDirectory: encoder, threads: 2 };
  await runFfmpeg({
    ffmpegPath: 'ffmpeg',
    args: encodeArgs(plan, run, locations),
    outputs: publishers.map((publisher) => (bytes) => publisher.consume(bytes)),
  });

  const finished = new FinishedRenditions(storage, ids, plan.segmentSeconds);
  const known = new Map<string, Awaited<ReturnType<FinishedRenditions['read']>>>();
  for (const publisher of publishers) {
    const { folder } = publisher;
    await publisher.finish();
    const row = { name: folder, ...publisher.measurement() } as unknown as Rendition;
    known.set(folder, await finished.read(row));
  }
  const write = async (file: string, content: string) => {
    await storage.write(outputKey(ids.videoId, ids.revisionId, file), Readable.from([content]));
    return content;
  };
  return {
    plan,
    run,
    known,
    master: await write('master.m3u8', multivariantOf(plan, known)),
    mpd: await write('manifest.mpd', dashMpd(plan, known)),
    /** Where a file of the title lies on the disk. */
    path: (...names: string[]) =>
      path.join(media, outputKey(ids.videoId, ids.revisionId, names.join('/'))),
    remove: () => rm(work, { recursive: true }),
  };
}

export type TitleInStorage = Awaited<ReturnType<typeof titleInStorage>>;
