import { API_BASE, csrfToken, refusal, renewSession, request } from './client';
import { offline } from './error';
import type { UploadReceipt } from './types';

export interface UploadForm {
  file: File;
  title: string;
  description: string;
  genre: string;
  visibility: string;
  allowDuplicate: boolean;
}

export interface UploadProgress {
  sentBytes: number;
  totalBytes: number;
}

/**
 * Sends one file as multipart. The session is checked first, so that an expired one is found
 * before the bytes are sent and not after.
 */
export async function uploadVideo(
  form: UploadForm,
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
): Promise<UploadReceipt> {
  await request('GET', '/auth/me', { signal });
  const first = await post(form, onProgress, signal);
  const answer =
    first.status === 401 && (await renewSession()) ? await post(form, onProgress, signal) : first;
  if (answer.status < 200 || answer.status >= 300) {
    throw refusal(answer.status, answer.responseText, answer.getResponseHeader('retry-after'));
  }
  return JSON.parse(answer.responseText) as UploadReceipt;
}

// fetch() cannot report how many bytes of a request body have left.
function post(
  form: UploadForm,
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', `${API_BASE}/videos/upload`);
    xhr.setRequestHeader('accept', 'application/json');
    const token = csrfToken();
    if (token !== undefined) xhr.setRequestHeader('X-CSRFToken', decodeURIComponent(token));

    const abort = () => xhr.abort();
    signal.addEventListener('abort', abort, { once: true });
    xhr.addEventListener('loadend', () => signal.removeEventListener('abort', abort));
    xhr.upload.addEventListener('progress', (event) => {
      onProgress({ sentBytes: event.loaded, totalBytes: event.total });
    });
    xhr.addEventListener('load', () => resolve(xhr));
    xhr.addEventListener('error', () => reject(offline()));
    xhr.addEventListener('abort', () => reject(new DOMException('Upload stopped', 'AbortError')));
    xhr.send(multipart(form));
  });
}

// The server reads the body as a stream: what describes the file has to arrive before it.
function multipart(form: UploadForm): FormData {
  const body = new FormData();
  for (const [name, value] of [
    ['title', form.title.trim()],
    ['description', form.description.trim()],
    ['genres', form.genre],
    ['visibility', form.visibility],
    ['allow_duplicate', form.allowDuplicate ? 'true' : ''],
  ] as const) {
    if (value !== '') body.append(name, value);
  }
  body.append('file', form.file, form.file.name);
  return body;
}
