// Writes objects into a storage and reads them back, until SIGTERM; a process of its own, as the
// SDK does not know the errors of a socket inside Jest. Prints a line of JSON for each object.
// usage: node object-traffic.mjs '<S3Config>'
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { S3Storage } from '../../dist/src/infrastructure/storage/s3-storage.js';

const WRITERS = 4;
const SIZES = [0, 10_000, 1_000_000, 9_000_000, 17_000_000];

// What it says of its troubles is not for whoever reads our lines.
Logger.overrideLogger(false);
const storage = new S3Storage(JSON.parse(process.argv[2]));
let isStopping = false;
process.on('SIGTERM', () => (isStopping = true));
await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)));

async function write(writer) {
  for (let at = 0; !isStopping; at += 1) {
    const content = randomBytes(SIZES[(at + writer) % SIZES.length]);
    const key = `videos/${writer}/${at}`;
    const written = await outcome(async () => {
      const sizeBytes = await storage.write(key, Readable.from(pieces(content)));
      return sizeBytes === content.length ? 'whole' : 'of a wrong size';
    });
    const read = await outcome(async () => {
      const hash = createHash('sha256');
      for await (const chunk of await storage.read(key)) hash.update(chunk);
      return hash.digest('hex') === sha256(content) ? 'identical' : 'different';
    });
    console.log(JSON.stringify({ key, sha256: sha256(content), written, read }));
    await sleep(150);
  }
}

async function outcome(action) {
  try {
    return await action();
  } catch (error) {
    return error.name;
  }
}

function* pieces(content) {
  for (let at = 0; at < content.length; at += 65_521) yield content.subarray(at, at + 65_521);
}

function sha256(content) {
  return createHash('sha256').update(content).digest('hex');
}
