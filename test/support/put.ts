import { request } from 'node:http';

/** Sends bytes with exactly these headers, and none that a client adds by itself. */
export async function put(
  url: string,
  bytes: Buffer,
  headers: Record<string, string | number>,
): Promise<{ status: number; etag: string }> {
  return new Promise((resolve, reject) => {
    let answered = false;
    const sent = request(url, { method: 'PUT', headers }, (response) => {
      answered = true;
      response.resume();
      resolve({ status: response.statusCode ?? 0, etag: response.headers.etag ?? '' });
    });
    // A server that refuses may close before it has read everything.
    sent.on('error', (error) => {
      if (!answered) reject(error);
    });
    sent.end(bytes);
  });
}
