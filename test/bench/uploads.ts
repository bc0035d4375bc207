import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { oneBucket, settingsOf } from '../support/s3-settings.js';
import { startS3Server } from '../support/s3-server.js';
import { median } from './median.js';
import { costOf, type Cost } from './resident-memory.js';
import { startServer } from './server.js';
import {
  bareUpload,
  directUpload,
  formUpload,
  resumableUpload,
  type UploadWay,
} from './upload-ways.js';

const MEBIBYTE = 1024 ** 2;
const UPLOAD_MEBIBYTES = 1024;
const RUNS = 3;
const REST_SECONDS = 6;
const SETTLE_SECONDS = 300;

const WAYS: Readonly<Record<string, UploadWay>> = {
  form: formUpload,
  direct: directUpload,
  resumable: resumableUpload,
};

/** Does the same with a file by other means; returns how to take away what it made. */
type Yardstick = () => Promise<() => Promise<unknown>>;

/**
 * Each way of uploading a large file beside `cp` on this machine's disk, and beside the barest server that could take
 * it in, with a hash and without one, by turns.
 */
export async function diskUploads(folder: string): Promise<object> {
  const file = await largeFile(folder);
  const copy = path.join(folder, 'copy');
  const cp = async () => {
    await promisify(execFile)('cp', [file, copy]);
    // The server says that a file is there when a power cut cannot take it any more.
    await promisify(execFile)('sync', [copy]);
    return () => rm(copy);
  };
  const script = path.join(import.meta.dirname, 'bare-upload-server.mjs');
  const server = spawn(process.execPath, [script, copy], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = (await once(server.stdout, 'data')) as [Buffer];
    const to = (address: string) => async () => {
      await bareUpload(`http://127.0.0.1:${line.toString().trim()}${address}`, file);
      return () => rm(copy);
    };
    return await compared(folder, file, {}, { cp, bare: to('/'), unhashed: to('/unhashed') });
  } finally {
    server.kill();
  }
}

/** Each way of uploading a large file beside the AWS SDK's own upload into the same S3 server, by turns. */
export async function s3Uploads(folder: string): Promise<object> {
  const file = await largeFile(folder);
  const server = await startS3Server();
  const config = oneBucket(server);
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  const object = { Bucket: config.buckets.sources, Key: 'bench' };
  try {
    const sdk = async () => {
      await new Upload({ client, params: { ...object, Body: createReadStream(file) } }).done();
      return () => client.send(new DeleteObjectCommand(object));
    };
    return await compared(folder, file, settingsOf(config), { sdk });
  } finally {
    client.destroy();
    await server.stop();
  }
}

async function compared(
  folder: string,
  file: string,
  settings: Record<string, string>,
  yardsticks: Readonly<Record<string, Yardstick>>,
): Promise<object> {
  const server = await startServer(path.join(folder, 'data'), settings);
  const costs: Record<string, Cost[]> = {};
  const measures: Record<string, number[]> = {};
  try {
    for (let run = 0; run < RUNS; run += 1) {
      for (const [name, yardstick] of Object.entries(yardsticks)) {
        await rest();
        const startedAt = performance.now();
        const undo = await yardstick();
        (measures[name] ??= []).push((performance.now() - startedAt) / 1000);
        await undo();
      }
      for (const [way, upload] of Object.entries(WAYS)) {
        await rest();
        let id = '';
        const cost = await costOf(server.pid, async () => (id = await upload(server.client, file)));
        (costs[way] ??= []).push(cost);
        // The bytes are no film: they are refused, and gone, before the next ones come.
        await server.client.settled(id, SETTLE_SECONDS);
      }
    }
  } finally {
    await server.stop();
  }
  const medians = Object.entries(measures).map(
    ([name, seconds]) => [name, median(seconds)] as const,
  );
  return {
    mebibytes: UPLOAD_MEBIBYTES,
    runs: RUNS,
    ...Object.fromEntries(medians.map(([name, seconds]) => [`${name}_seconds`, round(seconds)])),
    ...Object.fromEntries(
      Object.entries(costs).map(([way, runs]) => {
        const uploadSeconds = median(runs.map((cost) => cost.seconds));
        const speeds = medians.map(([name, seconds]) => [
          `speed_to_${name}`,
          round(seconds / uploadSeconds),
        ]);
        const growth = round(Math.max(...runs.map((cost) => cost.growthMebibytes)));
        return [
          way,
          {
            seconds: round(uploadSeconds),
            ...(Object.fromEntries(speeds) as Record<string, number>),
            growth_mebibytes: growth,
          },
        ];
      }),
    ),
  };
}

/** A rented disk is quick for some gibibytes and then slow, which would hit whoever's turn it is. */
async function rest(): Promise<void> {
  await promisify(execFile)('sync');
  await sleep(REST_SECONDS * 1000);
}

async function largeFile(folder: string): Promise<string> {
  const file = path.join(folder, 'large.mp4');
  const handle = await open(file, 'wx');
  const block = randomBytes(MEBIBYTE);
  for (let written = 0; written < UPLOAD_MEBIBYTES; written += 1) {
    block.writeUInt32BE(written);
    await handle.write(block);
  }
  await handle.sync();
  await handle.close();
  return file;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
