import { API_BASE, request } from './client';

/** Where uploads in pieces begin, for a client of the protocol tus. */
export const UPLOADS_ADDRESS = `${API_BASE}/uploads`;

export interface OpenUpload {
  id: string;
  filename: string;
  /** Bytes. */
  size: number;
  /** Bytes that are there. */
  offset: number;
  expires_at: string;
  url: string;
}

/** The uploads that were begun on any device, and not finished. */
export const fetchOpenUploads = async (signal?: AbortSignal): Promise<OpenUpload[]> =>
  (await request<{ uploads: OpenUpload[] }>('GET', '/uploads', signal ? { signal } : {})).uploads;
