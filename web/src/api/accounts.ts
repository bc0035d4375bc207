import { request } from './client';
import type { Detail, Session, User, UserEnvelope } from './types';

export interface Credentials {
  login: string;
  password: string;
  rememberMe: boolean;
  /** Of the authenticator, or a recovery code. */
  code?: string;
}

export const fetchMe = async (signal?: AbortSignal): Promise<User> =>
  (await request<UserEnvelope>('GET', '/auth/me', signal ? { signal } : {})).user;

export const signIn = ({ login, password, rememberMe, code }: Credentials): Promise<Session> =>
  open('/auth/login', {
    ...(login.includes('@') ? { email: login } : { username: login }),
    password,
    remember_me: rememberMe,
    ...(code === undefined ? {} : { code }),
  });

export const signInAsGuest = (): Promise<Session> => open('/auth/demo');

export const signOut = (everywhere: boolean): Promise<unknown> =>
  request('POST', '/auth/logout', { body: { everywhere } });

export const register = (email: string, password: string): Promise<Detail> =>
  open('/auth/register', { email, password });

export const activate = (uid: string, token: string): Promise<Detail> =>
  open('/auth/activate', { uid, token });

export const resendActivation = (email: string): Promise<Detail> =>
  open('/auth/activation/resend', { email });

export const requestPasswordReset = (email: string): Promise<Detail> =>
  open('/auth/password/forgot', { email });

export const resetPassword = (uid: string, token: string, password: string): Promise<Detail> =>
  open('/auth/password/reset', { uid, token, new_password: password });

export const changePassword = (old: string, password: string): Promise<Detail> =>
  request('POST', '/auth/password/change', {
    body: { old_password: old, new_password: password },
  });

export const confirmEmail = (uid: string, token: string): Promise<Detail> =>
  open('/auth/email/confirm', { uid, token });

function open<T>(path: string, body?: unknown): Promise<T> {
  return request<T>('POST', path, { renew: false, ...(body === undefined ? {} : { body }) });
}
