import { DirectDownloads } from '../../ports/direct-downloads.js';

/** This process sends everything. */
export class NoDirectDownloads extends DirectDownloads {
  override detour(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
