import {
  DirectDownloads,
  type Detour,
  type DownloadHeaders,
} from '../../ports/direct-downloads.js';
import { ifFound, type MediaStorage } from '../../ports/media-storage.js';

/** The ways to two storages, while objects move from the former to the current one. */
export class FallbackDirectDownloads extends DirectDownloads {
  constructor(
    private readonly storage: MediaStorage,
    private readonly current: DirectDownloads,
    private readonly former: DirectDownloads,
  ) {
    super();
  }

  override async detour(key: string, headers: DownloadHeaders): Promise<Detour | undefined> {
    const hasMoved = (await ifFound(this.storage.info(key))) !== undefined;
    return (hasMoved ? this.current : this.former).detour(key, headers);
  }
}
