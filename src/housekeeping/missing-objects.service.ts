import { Injectable } from '@nestjs/common';
import { mapAtOnce } from '../common/batches.js';
import { outputKey, videoPrefix } from '../media/object-keys.js';
import { MASTER_FILE, PLAYLIST_FILE } from '../media/output-files.js';
import { ifFound, MediaStorage } from '../ports/media-storage.js';
import { StoredObjectsRepository, type VideoObjects } from './stored-objects.repository.js';

const VIDEOS_AT_A_TIME = 200;
const QUESTIONS_AT_ONCE = 16;

/** An object that a video should have. */
export interface MissingObject {
  videoId: string;
  key: string;
}

/** Finds videos whose objects are gone. Segments are not looked for, only what leads to them. */
@Injectable()
export class MissingObjectsService {
  constructor(
    private readonly rows: StoredObjectsRepository,
    private readonly storage: MediaStorage,
  ) {}

  /** In the order of the videos' ids. */
  async *find(): AsyncIterable<MissingObject> {
    let videos: VideoObjects[] = [];
    do {
      videos = await this.rows.videosAfter(videos.at(-1)?.id, VIDEOS_AT_A_TIME);
      const wanted = videos.flatMap((video) =>
        keysOf(video).map((key) => ({ videoId: video.id, key })),
      );
      const missing = await mapAtOnce(wanted, QUESTIONS_AT_ONCE, ({ key }) => this.isMissing(key));
      yield* wanted.filter((_, index) => missing[index]);
    } while (videos.length > 0);
  }

  private async isMissing(key: string): Promise<boolean> {
    return (await ifFound(this.storage.info(key))) === undefined;
  }
}

function keysOf(video: VideoObjects): string[] {
  const { id, sourceKey, revisionId, pictureKeys, renditions, subtitlePaths } = video;
  const outputs =
    revisionId === null
      ? []
      : [MASTER_FILE, ...renditions.map((name) => `${name}/${PLAYLIST_FILE}`)];
  return [
    ...(sourceKey === null ? [] : [sourceKey]),
    ...outputs.map((path) => outputKey(id, revisionId ?? '', path)),
    ...pictureKeys,
    ...subtitlePaths.map((path) => videoPrefix(id) + path),
  ];
}
