import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { UploadAddressDto } from '../../src/ingest/direct/direct-upload.dto.js';
import type { UploadedVideoDto } from '../../src/ingest/direct/uploaded-video.dto.js';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import type { Client } from '../support/client.js';
import { metadataHeader, PIECE } from '../support/tus.js';

const FILENAME = 'large.mp4';
const TUS = { 'tus-resumable': '1.0.0' };

/** Sends a file in one of the ways there are, until the server has made a video of it; returns its id. */
export type UploadWay = (client: Client, file: string) => Promise<string>;

/** In a form, `POST /videos/upload`. */
export const formUpload: UploadWay = async (client, file) => {
  const { status, body } = await curl(`${client.origin}/api/v1/videos/upload`, bearer(client), [
    ...['--form', 'allow_duplicate=true'],
    ...['--form', `file=@${file};filename=${FILENAME}`],
  ]);
  expectStatus(status, 201);
  return (JSON.parse(body) as UploadedDto).id;
};

/** To signed addresses, in parts one after the other. */
export const directUpload: UploadWay = async (client, file) => {
  const announced = await client.post('upload/videos/upload-url', {
    filename: FILENAME,
    content_type: 'video/mp4',
    size: (await stat(file)).size,
  });
  expectStatus(announced.status, 200);
  const { s3_key: key, parts = [], part_size: partBytes = 0 } = announced.body as UploadAddressDto;
  const confirmed: object[] = [];
  for (const { part_number: number, upload_url: url, headers } of parts) {
    const { status, etag } = await curl(new URL(url, client.origin).href, headers, [
      ...['--upload-file', await partOf(file, number, partBytes)],
    ]);
    if (status !== 204) expectStatus(status, 200);
    confirmed.push({ part_number: number, etag });
  }
  const { status, body } = await client.post('upload/videos/metadata', {
    s3_key: key,
    title: 'Large',
    allow_duplicate: true,
    parts: confirmed,
  });
  expectStatus(status, 201);
  return (body as UploadedVideoDto).id;
};

/** With tus, all of it in one request. */
export const resumableUpload: UploadWay = async (client, file) => {
  const { size } = await stat(file);
  const begun = await client.post('uploads', undefined, {
    ...TUS,
    'upload-length': `${size}`,
    'upload-metadata': metadataHeader({ filename: FILENAME, allow_duplicate: 'true' }),
  });
  expectStatus(begun.status, 201);
  const address = begun.headers.get('location') ?? '';
  const headers = { ...bearer(client), ...TUS, 'content-type': PIECE, 'upload-offset': '0' };
  const { status } = await curl(client.origin + address, headers, [
    ...['--request', 'PATCH', '--upload-file', file],
  ]);
  expectStatus(status, 204);
  // The video has the id of its upload.
  return path.basename(address);
};

/** To a server that does nothing but take it in. */
export async function bareUpload(url: string, file: string): Promise<void> {
  const { status } = await curl(url, {}, ['--upload-file', file]);
  expectStatus(status, 200);
}

/** A client that takes little of the cores which it shares with the server. */
async function curl(
  url: string,
  headers: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<{ status: number; etag: string; body: string }> {
  const { stdout } = await promisify(execFile)('curl', [
    ...['--silent', '--show-error', '--header', 'expect:'],
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...args,
    ...['--write-out', '\n%{http_code} %header{etag}', url],
  ]);
  const end = stdout.lastIndexOf('\n');
  const [status = '', etag = ''] = stdout.slice(end + 1).split(' ');
  return { status: Number(status), etag, body: stdout.slice(0, end) };
}

/** A file with the part of another one, which curl cannot send by itself. Made once. */
async function partOf(file: string, number: number, partBytes: number): Promise<string> {
  const prefix = `${file}.${partBytes}.`;
  const part = prefix + String(number - 1).padStart(4, '0');
  const isThere = await stat(part).catch(() => undefined);
  if (!isThere) {
    const split = ['--bytes', String(partBytes), '--numeric-suffixes', '--suffix-length', '4'];
    await promisify(execFile)('split', [...split, file, prefix]);
  }
  return part;
}

function bearer({ token }: Client): Record<string, string> {
  return { authorization: `Bearer ${token ?? ''}` };
}

function expectStatus(status: number, expected: number): void {
  if (status !== expected) throw new Error(`answered with ${status}, not ${expected}`);
}
