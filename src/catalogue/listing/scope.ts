import type { Viewer } from '../../common/access.js';
import type { VideoListQuery } from './listing.dto.js';

/** Of which videos a list may be; together with a query it says all that a list depends on. */
export type Scope =
  /** What everybody finds: public videos that could be made, or may still be. */
  | { of: 'everybody' }
  /** All of one person's. */
  | { of: 'owner'; ownerId: string }
  /** All there are, for staff. */
  | { of: 'staff' };

export const EVERYBODY: Scope = { of: 'everybody' };

/** Videos that are not for everybody are on a list only where it asks for them: then one's own, or for staff all. */
export function scopeOf(
  { id, role }: Pick<Viewer, 'id' | 'role'>,
  {
    mine,
    visibility = 'PUBLIC',
    status = 'ready',
  }: Pick<VideoListQuery, 'mine' | 'visibility' | 'status'>,
): Scope {
  const own: Scope = { of: 'owner', ownerId: id };
  if (mine) return own;
  if (visibility === 'PUBLIC' && status !== 'failed' && status !== 'cancelled') return EVERYBODY;
  return role === 'viewer' ? own : { of: 'staff' };
}
