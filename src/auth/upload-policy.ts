import type { Viewer } from '../common/access.js';

/** Who may upload: every activated user or only staff; a demo guest never. */
export class UploadPolicy {
  constructor(private readonly by: 'users' | 'staff') {}

  allows(viewer: Viewer): boolean {
    return !viewer.isDemo && (this.by === 'users' || viewer.role !== 'viewer');
  }
}
