import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { VideoStatusDto } from '../../src/catalogue/video.dto.js';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import { mailsTo, type TestApp } from './app.js';
import { until } from './until.js';

/** An answer with its JSON body, if it has one. */
export interface Answer {
  status: number;
  headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies of any shape
  body: any;
}

/** Talks to the API as one signed-in person, with a bearer token. */
export class Client {
  constructor(
    readonly origin: string,
    readonly token?: string,
  ) {}

  get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', url, undefined, headers);
  }

  post(url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', url, body, headers);
  }

  async send(
    method: string,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const isForm = body instanceof FormData;
    const response = await fetch(this.origin + (url.startsWith('/') ? url : `/api/v1/${url}`), {
      method,
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body !== undefined && !isForm ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
  }

  /** Uploads a file; fields go before it. */
  async upload(file: string, fields: Record<string, string> = {}): Promise<Answer> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('file', new Blob([await readFile(file)]), path.basename(file));
    return this.post('videos/upload', form);
  }

  /** Uploads a video that may be there already, and returns its id. */
  async uploadVideo(file: string, fields: Record<string, string> = {}): Promise<string> {
    const { status, body } = await this.upload(file, { allow_duplicate: 'true', ...fields });
    if (status !== 201) throw new Error(`the upload was answered with ${status}`);
    return (body as UploadedDto).id;
  }

  async statusOf(videoId: string): Promise<VideoStatusDto> {
    return (await this.get(`videos/${videoId}/status`)).body as VideoStatusDto;
  }

  /** The status of a video once it is ready or failed. */
  async settled(videoId: string, seconds = 60): Promise<VideoStatusDto> {
    return until(
      async () => {
        const status = await this.statusOf(videoId);
        return ['ready', 'failed'].includes(status.status) && status;
      },
      { seconds, what: `the end of processing of ${videoId}` },
    );
  }
}

export const PASSWORD = 'correct horse battery staple';

/** Registers, activates from the mail, and signs in. */
export async function signUp({ origin, dataDir }: TestApp, email: string): Promise<Client> {
  const anonymous = new Client(origin);
  await anonymous.post('auth/register', { email, password: PASSWORD });
  const mail = await until(async () => (await mailsTo(dataDir, email)).at(-1), {
    what: 'the mail',
  });
  const link = new URL(/http\S+/.exec(mail.text ?? '')?.[0] ?? '');
  const { uid, token } = Object.fromEntries(link.searchParams);
  await anonymous.post('auth/activate', { uid, token });
  const { body } = await anonymous.post('auth/login', { email, password: PASSWORD });
  return new Client(origin, body.access_token);
}
