import { text } from 'node:stream/consumers';
import { outputKey, previewKey, storyboardKey } from '../media/object-keys.js';
import { STORYBOARD_FOLDER } from '../media/output-files.js';
import type { EncodingPlan } from '../media/encoding-plan.js';
import { sheetsOf } from '../media/storyboard.js';
import type { MediaStorage } from '../ports/media-storage.js';
import type { RevisionIds } from './flow.js';

/** Where a revision's storyboard and hover preview lie; null for what its plan does not have. */
export interface StoredPreviews {
  storyboardKey: string | null;
  previewKey: string | null;
}

/**
 * Looks at a revision's previews as they lie in the storage.
 * @throws Error when a file is missing: the storage is at fault, not the source
 */
export async function storedPreviews(
  storage: MediaStorage,
  { videoId, revisionId }: RevisionIds,
  plan: EncodingPlan,
): Promise<StoredPreviews> {
  const stills = plan.runs.flatMap((run) => run.stills ?? []);
  const previews = {
    storyboardKey: stills.some(({ storyboard }) => storyboard)
      ? storyboardKey(videoId, revisionId)
      : null,
    previewKey: stills.some(({ preview }) => preview) ? previewKey(videoId, revisionId) : null,
  };
  if (previews.storyboardKey !== null) {
    for (const sheet of sheetsOf(await text(await storage.read(previews.storyboardKey)))) {
      await storage.info(outputKey(videoId, revisionId, `${STORYBOARD_FOLDER}/${sheet}`));
    }
  }
  if (previews.previewKey !== null) await storage.info(previews.previewKey);
  return previews;
}
