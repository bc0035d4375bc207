import { request, type ClientRequest, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Problem } from '../../src/common/problem.js';
import type { Client } from './client.js';

/** An answer to a request of the tus protocol. */
export interface TusAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Of an answer that is an error. */
  problem: Problem | undefined;
}

type Headers = Record<string, string | number>;

/** Speaks tus 1.0.0 with every byte of the requests in the test's hands. */
export class TusClient {
  constructor(private readonly client: Pick<Client, 'origin' | 'token'>) {}

  /** Begins an upload; returns its path. */
  async create(
    sizeBytes: number,
    metadata: Record<string, string> = {},
    headers: Headers = {},
  ): Promise<string> {
    const {
      status,
      headers: answered,
      problem,
    } = await this.tryCreate(sizeBytes, metadata, headers);
    if (status !== 201) throw new Error(`begun with ${status} ${problem?.code}`);
    return answered.location ?? '';
  }

  tryCreate(
    sizeBytes: number,
    metadata: Record<string, string> = {},
    headers: Headers = {},
    bytes?: Buffer,
  ): Promise<TusAnswer> {
    return this.send('POST', '/api/v1/uploads', {
      headers: {
        'upload-length': sizeBytes,
        'upload-metadata': metadataHeader({ filename: 'film.mp4', ...metadata }),
        ...(bytes ? { 'content-type': PIECE } : {}),
        ...headers,
      },
      bytes,
    });
  }

  patch(url: string, offset: number, bytes: Buffer, headers: Headers = {}): Promise<TusAnswer> {
    return this.send('PATCH', url, { headers: { ...pieceAt(offset), ...headers }, bytes });
  }

  head(url: string): Promise<TusAnswer> {
    return this.send('HEAD', url);
  }

  /** How many bytes are there. */
  async offset(url: string): Promise<number> {
    const { status, headers } = await this.head(url);
    if (status !== 200) throw new Error(`answered with ${status}`);
    return Number(headers['upload-offset']);
  }

  send(
    method: string,
    url: string,
    { headers = {}, bytes }: { headers?: Headers; bytes?: Buffer | undefined } = {},
  ): Promise<TusAnswer> {
    const length = bytes ? { 'content-length': bytes.length } : {};
    const { sent, answer } = this.open(method, url, { ...length, ...headers });
    sent.end(bytes);
    return answer;
  }

  /** Begins a PATCH, whose bytes the test writes. */
  begin(url: string, offset: number, headers: Headers = {}) {
    return this.open('PATCH', url, { ...pieceAt(offset), ...headers });
  }

  private open(
    method: string,
    url: string,
    headers: Headers,
  ): { sent: ClientRequest; answer: Promise<TusAnswer> } {
    const { origin, token } = this.client;
    const own = Object.entries({ 'tus-resumable': '1.0.0', ...headers });
    const sent = request(new URL(url, origin), {
      method,
      agent: false,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...Object.fromEntries(own.filter(([, value]) => value !== '')),
      },
    });
    const answer = new Promise<TusAnswer>((resolve, reject) => {
      sent.on('error', reject);
      sent.on('response', (response) => {
        const { statusCode: status = 0, headers: answered } = response;
        text(response).then((body) => {
          const isProblem = answered['content-type']?.startsWith('application/problem+json');
          const problem = isProblem && body ? (JSON.parse(body) as Problem) : undefined;
          resolve({ status, headers: answered, problem });
        }, reject);
      });
    });
    // A test that breaks a request off does not ask how it ends.
    answer.catch(() => undefined);
    return { sent, answer };
  }
}

export const PIECE = 'application/offset+octet-stream';

export function metadataHeader(metadata: Record<string, string>): string {
  return Object.entries(metadata)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

function pieceAt(offset: number): Headers {
  return { 'content-type': PIECE, 'upload-offset': offset };
}
