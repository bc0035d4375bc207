import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BenchServer } from './server.js';

const MEBIBYTE = 1024 ** 2;
const SAMPLE_MILLISECONDS = 50;

/** How the server's resident memory behaved while a large file arrived. */
export interface UploadMemory {
  uploadedMebibytes: number;
  seconds: number;
  growthMebibytes: number;
}

/** Uploads bytes that are no video, so that only the upload is measured. */
export async function uploadMemory(server: BenchServer, mebibytes: number): Promise<UploadMemory> {
  const before = await residentBytes(server.pid);
  let peak = before;
  const sampling = setInterval(() => {
    void residentBytes(server.pid).then((bytes) => (peak = Math.max(peak, bytes)));
  }, SAMPLE_MILLISECONDS);
  const startedAt = performance.now();
  try {
    await send(server, mebibytes);
  } finally {
    clearInterval(sampling);
  }
  return {
    uploadedMebibytes: mebibytes,
    seconds: (performance.now() - startedAt) / 1000,
    growthMebibytes: (peak - before) / MEBIBYTE,
  };
}

async function send({ client }: BenchServer, mebibytes: number): Promise<void> {
  const boundary = 'bench-boundary';
  const upload = request(`${client.origin}/api/v1/videos/upload`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${client.token ?? ''}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
  });
  const answered = new Promise<number>((resolve, reject) => {
    upload.on('error', reject);
    upload.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
  });
  await pipeline(Readable.from(multipart(boundary, mebibytes)), upload);
  const status = await answered;
  if (status !== 201) throw new Error(`the upload was answered with ${status}`);
}

function* multipart(boundary: string, mebibytes: number): Iterable<Buffer> {
  yield Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n`,
  );
  const block = randomBytes(MEBIBYTE);
  for (let sent = 0; sent < mebibytes; sent += 1) {
    block.writeUInt32BE(sent);
    yield Buffer.from(block);
  }
  yield Buffer.from(`\r\n--${boundary}--\r\n`);
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
