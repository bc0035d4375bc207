import { ApiError, offline, problemToError } from './error';

export const API_BASE = '/api/v1';

export interface RequestOptions {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  signal?: AbortSignal;
  /** False for the sign-in routes, where a 401 is the answer and not an expired session. */
  renew?: boolean;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const RENEWED_AT = 'videoflix.renewed-at';
const JUST_NOW_MS = 5000;

let renewal: Promise<boolean> | undefined;
let onSessionLost: () => void = () => undefined;

/** Sends one JSON request; an expired session is renewed once and the request repeated. */
export async function request<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  const first = await send(method, path, options);
  const response =
    first.status === 401 && options.renew !== false && (await renewSession())
      ? await send(method, path, options)
      : first;
  const text = await response.text();
  if (response.status === 401 && response !== first) onSessionLost();
  if (!response.ok) {
    throw problemToError(response.status, text, response.headers.get('retry-after'));
  }
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Trades the refresh cookie for a new session; callers at the same moment share one attempt. */
export function renewSession(): Promise<boolean> {
  renewal ??= oneTabAtATime(renew).finally(() => {
    renewal = undefined;
  });
  return renewal;
}

/** Calls back when the session can no longer be renewed. */
export function watchSessionLoss(listener: () => void): () => void {
  onSessionLost = listener;
  return () => {
    onSessionLost = () => undefined;
  };
}

/** The readable half of the double-submit pair; absent exactly when nobody is signed in. */
export function csrfToken(): string | undefined {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1];
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

async function renew(): Promise<boolean> {
  const renewedAt = Number(localStorage.getItem(RENEWED_AT) ?? 0);
  if (Math.abs(Date.now() - renewedAt) < JUST_NOW_MS) return true;
  const response = await send('POST', '/auth/refresh', {});
  if (response.ok) localStorage.setItem(RENEWED_AT, String(Date.now()));
  else if (response.status === 401 || response.status === 403) onSessionLost();
  return response.ok;
}

// A refresh token works once and its second use ends the session, so tabs must take turns.
// Browsers without the lock (plain http on a network address) go ahead without it.
function oneTabAtATime(task: () => Promise<boolean>): Promise<boolean> {
  const locks = (navigator as { locks?: LockManager }).locks;
  return locks ? locks.request('videoflix.renewal', task) : task();
}

async function send(method: Method, path: string, options: RequestOptions): Promise<Response> {
  const headers = new Headers({ accept: 'application/json' });
  if (options.body !== undefined) headers.set('content-type', 'application/json');
  const token = csrfToken();
  if (method !== 'GET' && token !== undefined)
    headers.set('X-CSRFToken', decodeURIComponent(token));

  try {
    return await fetch(API_BASE + path + queryString(options.query), {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (error) {
    if (isAbort(error) || error instanceof ApiError) throw error;
    throw offline();
  }
}

function queryString(query: RequestOptions['query']): string {
  const entries = Object.entries(query ?? {}).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`;
}
