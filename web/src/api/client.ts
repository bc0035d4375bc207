import { ApiError, offline, problemToError } from './error';

export const API_BASE = '/api/v1';

export interface RequestOptions {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  signal?: AbortSignal;
  /** True for what is to arrive though the page is left; small bodies only. */
  keepalive?: boolean;
  /** False for routes that are open to everybody, which no session can make a difference to. */
  renew?: boolean;
}

/** What the API says of the session, whatever was asked for. */
export interface SessionListener {
  /** It can no longer be renewed. */
  onLost: () => void;
  /** This account must have a second factor before it may do anything else. */
  onSetupRequired: () => void;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const RENEWED_AT = 'videoflix.renewed-at';
const JUST_NOW_MS = 5000;

let renewal: Promise<boolean> | undefined;
let listener: SessionListener | undefined;

/** Sends one JSON request; an expired session is renewed once and the request repeated. */
export async function request<T>(
  method: Method,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  try {
    return await answerTo<T>(method, path, options);
  } catch (error) {
    if (options.renew === false || !wantsSession(error) || !(await renewSession())) throw error;
  }
  try {
    return await answerTo<T>(method, path, options);
  } catch (error) {
    if (wantsSession(error)) listener?.onLost();
    throw error;
  }
}

/** Trades the refresh cookie for a new session; callers at the same moment share one attempt. */
function renewSession(): Promise<boolean> {
  renewal ??= oneTabAtATime(renew).finally(() => {
    renewal = undefined;
  });
  return renewal;
}

/** Tells one listener what becomes of the session. */
export function watchSession(watcher: SessionListener): () => void {
  listener = watcher;
  return () => {
    listener = undefined;
  };
}

/** The error of a refused request; what it says of the session is passed on. */
export function refusal(status: number, body: string, retryAfter: string | null): ApiError {
  const error = problemToError(status, body, retryAfter);
  if (error.code === 'auth.second_factor_setup_required') listener?.onSetupRequired();
  return error;
}

/** The readable half of the double-submit pair; absent exactly when nobody is signed in. */
export function csrfToken(): string | undefined {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1];
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

async function answerTo<T>(method: Method, path: string, options: RequestOptions): Promise<T> {
  const response = await send(method, path, options);
  const text = await response.text();
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
  throw refusal(response.status, text, response.headers.get('retry-after'));
}

// A wrong code or passkey is a 401 too, but says nothing of the session.
function wantsSession(error: unknown): boolean {
  const isProof = /^auth\.(second_factor_|passkey_|invalid_credentials)/;
  return error instanceof ApiError && error.status === 401 && !isProof.test(error.code);
}

async function renew(): Promise<boolean> {
  const renewedAt = Number(localStorage.getItem(RENEWED_AT) ?? 0);
  if (Math.abs(Date.now() - renewedAt) < JUST_NOW_MS) return true;
  const response = await send('POST', '/auth/refresh', {});
  if (response.ok) localStorage.setItem(RENEWED_AT, String(Date.now()));
  else if (response.status === 401 || response.status === 403) listener?.onLost();
  return response.ok;
}

// A refresh token works once. The server forgives a second tab that brings it at the same moment,
// which is what browsers without the lock (plain http on a network address) live on; taking turns
// saves a request, and is safe for any number of tabs.
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
      ...(options.keepalive ? { keepalive: true } : {}),
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
