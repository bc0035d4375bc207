import type { Viewer } from '../common/access.js';
import type { Video } from './video.entity.js';

type Who = Pick<Viewer, 'id' | 'role'>;
type Of = Pick<Video, 'ownerId' | 'visibility'>;

/** Owners and staff. */
export function mayChange({ ownerId }: Pick<Of, 'ownerId'>, { id, role }: Who): boolean {
  return ownerId === id || role !== 'viewer';
}

/** Whether somebody may know of a video that is not deleted. */
export function mayView(video: Of, viewer: Who): boolean {
  return video.visibility !== 'PRIVATE' || mayChange(video, viewer);
}

/**
 * The same as an SQL condition, which also asks that the video is not deleted.
 *
 * @param video alias of its table
 * @param viewer SQL expressions of their id and role
 */
export function mayViewSql(
  video: string,
  { id, role }: Readonly<Record<keyof Who, string>>,
): string {
  return `(${video}.deleted_at IS NULL AND (${video}.visibility <> 'PRIVATE'
    OR ${video}.owner_id = ${id} OR ${role} <> 'viewer'))`;
}
