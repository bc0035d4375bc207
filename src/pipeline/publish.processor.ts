import { buffer, text } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import { verifyRendition } from '../media-tools/verify-rendition.js';
import { byCodec } from '../media/encoders.js';
import { parseMediaPlaylist, type SegmentList } from '../media/hls-media-playlist.js';
import { MediaFault } from '../media/media-fault.js';
import { outputKey } from '../media/object-keys.js';
import {
  I_FRAME_PLAYLIST_FILE,
  MASTER_FILE,
  MPD_FILE,
  PLAYLIST_FILE,
} from '../media/output-files.js';
import { EncodingPlanSchema, type EncodingPlan } from '../media/encoding-plan.js';
import {
  alignmentProblems,
  iFrameProblems,
  mpdProblems,
  renditionProblems,
} from '../media/verify.js';
import { MediaStorage, ObjectNotFoundError } from '../ports/media-storage.js';
import { PipelineSettings } from './pipeline-settings.js';
import { storedPreviews } from './stored-previews.js';

/** Looks at what lies in the storage as a player would, and only then makes it the video. */
@Injectable()
export class PublishProcessor {
  constructor(
    private readonly processing: ProcessingService,
    private readonly storage: MediaStorage,
    private readonly settings: PipelineSettings,
  ) {}

  async process(work: Work): Promise<void> {
    await this.processing.progress(work.video.id, 'publishing', 98);
    const plan = EncodingPlanSchema.parse(work.revision.plan);
    const problems = await this.problems(work, plan);
    if (problems.length > 0) throw new MediaFault('source.damaged', problems.join(' '));
    const ids = { videoId: work.video.id, revisionId: work.revision.id };
    await this.processing.publish(work, await storedPreviews(this.storage, ids, plan));
  }

  private async problems(work: Work, plan: EncodingPlan): Promise<string[]> {
    const rungs = plan.runs.flatMap((run) => run.video.map(({ folder }) => folder));
    const tracks = plan.runs.flatMap((run) => run.audio.map(({ folder }) => folder));
    const lists = new Map<string, SegmentList>();
    for (const folder of [...rungs, ...tracks]) {
      lists.set(folder, parseMediaPlaylist(await this.read(work, `${folder}/${PLAYLIST_FILE}`)));
    }
    await this.checkManifests(work, plan, rungs, lists);
    const found = await Promise.all(
      [...lists].map(async ([folder, list]) => {
        const problems = await this.renditionProblems(work, plan, folder, list);
        return problems.map((problem) => `${folder}: ${problem}`);
      }),
    );
    // Players stay with a codec, so what matters is where its own rungs are cut.
    const ladders = byCodec(plan.runs.flatMap((run) => run.video));
    const aligned = ladders.map((ladder) => {
      const folders = ladder.map(({ folder }) => folder);
      return alignmentProblems(new Map([...lists].filter(([folder]) => folders.includes(folder))));
    });
    return [...found.flat(), ...aligned.flat()];
  }

  /** They are made from the playlists, so no source can be blamed for them. */
  private async checkManifests(
    work: Work,
    plan: EncodingPlan,
    rungs: readonly string[],
    lists: ReadonlyMap<string, SegmentList>,
  ): Promise<void> {
    await this.read(work, MASTER_FILE);
    const texts = await this.texts(work, plan);
    const problems = mpdProblems(await this.read(work, MPD_FILE), new Map([...lists, ...texts]));
    for (const [folder, list] of texts) problems.push(...(await this.missing(work, folder, list)));
    for (const [folder, list] of lists) {
      if (!rungs.includes(folder)) continue;
      const iFrames = parseMediaPlaylist(
        await this.read(work, `${folder}/${I_FRAME_PLAYLIST_FILE}`),
      );
      problems.push(...iFrameProblems(iFrames, list).map((problem) => `${folder}: ${problem}`));
    }
    if (problems.length > 0) throw new Error(problems.join(' '));
  }

  /** The playlists of the text tracks that could be read. */
  private async texts(work: Work, plan: EncodingPlan): Promise<Map<string, SegmentList>> {
    const lists = new Map<string, SegmentList>();
    for (const { folder } of plan.subtitles) {
      const playlist = `${folder}/${PLAYLIST_FILE}`;
      if (!(await this.stored(work, folder)).has(this.key(work, playlist))) continue;
      lists.set(folder, parseMediaPlaylist(await this.read(work, playlist)));
    }
    return lists;
  }

  private async renditionProblems(
    work: Work,
    plan: EncodingPlan,
    folder: string,
    list: SegmentList,
  ): Promise<string[]> {
    const problems = renditionProblems(list, plan);
    const [first, ...rest] = list.segments;
    const last = rest.at(-1);
    if (problems.length > 0 || !first || !list.initUri) return problems;
    // The storage is at fault, not the source.
    const missing = await this.missing(work, folder, list);
    if (missing.length > 0) throw new Error(`${folder}: ${missing.join(' ')}`);
    const bytes = (name: string) => this.bytes(work, `${folder}/${name}`);
    return verifyRendition(
      {
        init: await bytes(list.initUri),
        first: await bytes(first.uri),
        last: last && (await bytes(last.uri)),
        durationSeconds: plan.durationSeconds,
        segmentSeconds: plan.segmentSeconds,
      },
      { ffmpegPath: this.settings.tools.ffmpegPath },
    );
  }

  private async missing(work: Work, folder: string, list: SegmentList): Promise<string[]> {
    const stored = await this.stored(work, folder);
    return list.segments
      .filter(({ uri }) => !stored.has(this.key(work, `${folder}/${uri}`)))
      .map(({ uri }) => `${uri} is missing.`);
  }

  private async stored(work: Work, folder: string): Promise<Set<string>> {
    const keys = new Set<string>();
    for await (const key of this.storage.list(`${this.key(work, folder)}/`)) keys.add(key);
    return keys;
  }

  private async read(work: Work, path: string): Promise<string> {
    return text(await this.open(work, path));
  }

  private async bytes(work: Work, path: string): Promise<Buffer> {
    return buffer(await this.open(work, path));
  }

  private async open(work: Work, path: string) {
    try {
      return await this.storage.read(this.key(work, path));
    } catch (error) {
      if (error instanceof ObjectNotFoundError)
        throw new Error(`${path} was not written`, { cause: error });
      throw error;
    }
  }

  private key({ video, revision }: Work, path: string): string {
    return outputKey(video.id, revision.id, path);
  }
}
