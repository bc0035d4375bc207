import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { UploadAddressDto } from '../../src/ingest/direct/direct-upload.dto.js';
import type { UploadedVideoDto } from '../../src/ingest/direct/uploaded-video.dto.js';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import type { Client } from '../support/client.js';
import { metadataHeader, PIECE } from '../support/tus.js';

/** Read in pieces that cost neither side many calls. */
const PIECE_BYTES = 1024 ** 2;
const FILENAME = 'large.mp4';

/** Sends a file in one of the ways there are, until the server has made a video of it; returns its id. */
export type UploadWay = (client: Client, file: string) => Promise<string>;

/** In a form, `POST /videos/upload`. */
export const formUpload: UploadWay = async (client, file) => {
  const boundary = 'bench-boundary';
  const field = (name: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`;
  const opening = Buffer.from(
    `${field('allow_duplicate')}\r\n\r\ntrue\r\n` +
      `${field('file')}; filename="${FILENAME}"\r\n\r\n`,
  );
  const ending = Buffer.from(`\r\n--${boundary}--\r\n`);
  const { size } = await stat(file);
  const { status, body } = await send(
    `${client.origin}/api/v1/videos/upload`,
    'POST',
    {
      authorization: `Bearer ${client.token ?? ''}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': opening.length + size + ending.length,
    },
    Readable.from(
      (async function* () {
        yield opening;
        yield* read(file);
        yield ending;
      })(),
    ),
  );
  expectStatus(status, 201);
  return (JSON.parse(body) as UploadedDto).id;
};

/** To signed addresses, in parts one after the other. */
export const directUpload: UploadWay = async (client, file) => {
  const { size } = await stat(file);
  const announced = await client.post('upload/videos/upload-url', {
    filename: FILENAME,
    content_type: 'video/mp4',
    size,
  });
  expectStatus(announced.status, 200);
  const { s3_key: key, parts, part_size: partBytes = 0 } = announced.body as UploadAddressDto;
  const confirmed: object[] = [];
  for (const { part_number: number, upload_url: url, headers } of parts ?? []) {
    const start = (number - 1) * partBytes;
    const end = Math.min(start + partBytes, size) - 1;
    const { status, etag } = await send(
      new URL(url, client.origin).href,
      'PUT',
      { ...headers, 'content-length': end - start + 1 },
      read(file, { start, end }),
    );
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
  const version = { 'tus-resumable': '1.0.0' };
  const begun = await client.post('uploads', undefined, {
    ...version,
    'upload-length': `${size}`,
    'upload-metadata': metadataHeader({ filename: FILENAME, allow_duplicate: 'true' }),
  });
  expectStatus(begun.status, 201);
  const address = begun.headers.get('location') ?? '';
  const { status } = await send(
    client.origin + address,
    'PATCH',
    {
      ...version,
      authorization: `Bearer ${client.token ?? ''}`,
      'content-type': PIECE,
      'content-length': size,
      'upload-offset': 0,
    },
    read(file),
  );
  expectStatus(status, 204);
  // The video has the id of its upload.
  return path.basename(address);
};

/** To a server that does nothing but take it in. */
export async function bareUpload(url: string, file: string): Promise<void> {
  const { size } = await stat(file);
  const { status } = await send(url, 'PUT', { 'content-length': size }, read(file));
  expectStatus(status, 200);
}

function read(file: string, range: { start?: number; end?: number } = {}): Readable {
  return createReadStream(file, { ...range, highWaterMark: PIECE_BYTES });
}

async function send(
  url: string,
  method: string,
  headers: OutgoingHttpHeaders,
  body: Readable,
): Promise<{ status: number; etag: string; body: string }> {
  const upload = request(url, { method, headers });
  const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
  await pipeline(body, upload);
  const [response] = await answered;
  const { statusCode = 0, headers: answer } = response;
  return { status: statusCode, etag: answer.etag ?? '', body: await text(response) };
}

function expectStatus(status: number, expected: number): void {
  if (status !== expected) throw new Error(`answered with ${status}, not ${expected}`);
}
