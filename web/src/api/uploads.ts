import { API_BASE, request } from './client';
import type { OpenUpload, OpenUploadList } from './types';

/** Where uploads in pieces begin, for a client of the protocol tus. */
export const UPLOADS_ADDRESS = `${API_BASE}/uploads`;

/** The uploads that were begun on any device, and not finished. */
export const fetchOpenUploads = async (signal?: AbortSignal): Promise<OpenUpload[]> =>
  (await request<OpenUploadList>('GET', '/uploads', signal ? { signal } : {})).uploads;
