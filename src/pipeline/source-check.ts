import type { Video } from '../catalogue/video.entity.js';
import { MediaFault } from '../media/media-fault.js';
import { foundOr, type MediaStorage } from '../ports/media-storage.js';

/**
 * Refuses a source that is not the one that was taken over: an address that was signed for its upload
 * may have been used once more.
 *
 * @throws MediaFault `source.changed`, `source.unreadable`
 */
export async function requireUnchanged(
  storage: MediaStorage,
  sourceKey: string,
  { sourceEtag, sourceSizeBytes }: Pick<Video, 'sourceEtag' | 'sourceSizeBytes'>,
): Promise<void> {
  if (sourceEtag === null) return;
  // An attempt that was killed while it refused the source has deleted it already.
  const gone = () => new MediaFault('source.unreadable');
  const { etag, sizeBytes } = await foundOr(storage.info(sourceKey), gone);
  if (etag === sourceEtag && sizeBytes === sourceSizeBytes) return;
  throw new MediaFault('source.changed', `${etag} of ${sizeBytes} bytes, not ${sourceEtag}`);
}
