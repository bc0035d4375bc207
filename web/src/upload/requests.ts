import { DetailedError, Upload, type HttpRequest } from 'tus-js-client';

import { fetchMe } from '../api/accounts';
import { csrfToken } from '../api/client';
import { ApiError } from '../api/error';
import { idOf } from './matching';
import { forgetUpload } from './memory';

const SESSION_CHECK_MS = 60_000;

let sessionCheckedAt = Number.NEGATIVE_INFINITY;

/**
 * Makes a request of the tus client one of this session. That lasts for less than a long upload does,
 * and is renewed on the way.
 */
export async function authorise(request: HttpRequest): Promise<void> {
  if (performance.now() - sessionCheckedAt > SESSION_CHECK_MS) {
    await fetchMe();
    sessionCheckedAt = performance.now();
  }
  const token = csrfToken();
  if (token !== undefined) request.setHeader('X-CSRFToken', decodeURIComponent(token));
}

/**
 * Has nothing begun in another account: somebody else may have signed in meanwhile, in another tab.
 *
 * @throws ApiError
 */
export async function demandUser(userId: string): Promise<void> {
  if ((await fetchMe()).id === userId) return;
  throw new ApiError(401, 'auth.required', 'Somebody else is signed in.');
}

/** Has the next request look at the session, and renew it. */
export function doubtSession(): void {
  sessionCheckedAt = Number.NEGATIVE_INFINITY;
}

/** Has the server throw away what it has of an unfinished upload. */
export async function discardUpload(url: string): Promise<void> {
  try {
    await Upload.terminate(url, { onBeforeRequest: authorise });
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  await forgetUpload(idOf(url));
}

function isGone(error: unknown): boolean {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  return [404, 409, 410].includes(response?.getStatus() ?? 0);
}
