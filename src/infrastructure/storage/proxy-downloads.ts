import { DirectDownloads, type Detour } from '../../ports/direct-downloads.js';
import { checkKey } from './object-key.js';

/** A location of `deploy/nginx`, over the folder of the objects. */
const LOCATION = '/_media/';

/** Objects of a disk that the nginx before us reads as well (`X-Accel-Redirect`). */
export class ProxyDownloads extends DirectDownloads {
  override async detour(key: string): Promise<Detour> {
    checkKey(key);
    // nginx decodes it.
    const location = LOCATION + key.split('/').map(encodeURIComponent).join('/');
    return Promise.resolve({ kind: 'internal', location });
  }
}
