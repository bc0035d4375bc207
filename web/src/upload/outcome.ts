import type { DetailedError } from 'tus-js-client';

import { refusal } from '../api/client';
import { ApiError, describe, offline } from '../api/error';

/** How sending a file ended. */
export type Outcome =
  | { name: 'sent'; videoId: string }
  | { name: 'duplicate'; videoId: string }
  /** The server has thrown away what it had of the file. */
  | { name: 'gone' }
  | { name: 'later'; reason: string; afterSeconds?: number }
  | { name: 'refused'; reason: string };

/** The header with the id of the video that an upload has become. */
export const VIDEO_ID = 'Upload-Video-Id';

export const CONNECTION_LOST = 'The connection is lost. It goes on by itself.';

/** Reads an error of the tus client: it wraps answers, and what stood in the way of one. */
export function outcomeOf(thrown: Error | DetailedError): Outcome {
  const { originalResponse: response, causingError } =
    'originalResponse' in thrown ? thrown : { originalResponse: null, causingError: thrown };
  if (!response) {
    const isOurs = causingError instanceof ApiError && causingError.status !== 0;
    return outcomeOfError(isOurs ? causingError : offline());
  }
  const error = refusal(
    response.getStatus(),
    response.getBody(),
    response.getHeader('Retry-After') ?? null,
  );
  const videoId = response.getHeader(VIDEO_ID);
  if (error.code === 'upload.duplicate' && videoId) return { name: 'duplicate', videoId };
  return outcomeOfError(error);
}

function outcomeOfError(error: ApiError): Outcome {
  const { status, code, retryAfterSeconds } = error;
  if (status === 404 || status === 410) return { name: 'gone' };
  if (!isPassing(status, code)) return { name: 'refused', reason: reasonOf(error) };
  return {
    name: 'later',
    reason: waitingReason(status),
    ...(retryAfterSeconds === undefined ? {} : { afterSeconds: retryAfterSeconds }),
  };
}

/** Whether the same may succeed in a moment. A disk that is full (507) does not empty by itself. */
function isPassing(status: number, code: string): boolean {
  if (status >= 500) return status !== 507;
  return [0, 408, 423, 429, 460].includes(status) || code === 'upload.offset_mismatch';
}

function waitingReason(status: number): string {
  if (status === 0) return CONNECTION_LOST;
  if (status === 423) return 'The server is still busy with this file. It goes on by itself.';
  return 'The server cannot take it right now. It goes on by itself.';
}

function reasonOf(error: ApiError): string {
  if (error.status === 401) return 'Your session has ended. Sign in again, then try again.';
  return describe(error);
}
