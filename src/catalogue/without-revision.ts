import { posterKey, thumbnailKey } from '../media/object-keys.js';
import type { Revision } from './revision.entity.js';
import type { Video } from './video.entity.js';

/** A video as it is when the revision being made is given up: what was published before stays. */
export function withoutRevision({ video, revision }: { video: Video; revision: Revision }) {
  const published = video.currentRevisionId === revision.id ? null : video.currentRevisionId;
  return {
    ...(published ? {} : { currentRevisionId: null, playable: false }),
    ...(video.hasOwnCover ? {} : imagesOf(video.id, published)),
    expectedReadyAt: null,
  };
}

function imagesOf(videoId: string, published: string | null) {
  if (published === null) return { thumbnailKey: null, posterKey: null };
  return {
    thumbnailKey: thumbnailKey(videoId, published),
    posterKey: posterKey(videoId, published),
  };
}
