// Uploads a file with tus-js-client, or goes on with it; a process of its own, which a test can kill.
// usage: node tus-upload.mjs '{"origin", "token", "file", "memory", "attempts"}'
// `memory` is the file in which the client remembers addresses. Prints what happens, a line each:
// `from {offset}`, then `done {address} {video id}` or `failed {message}`.
import { createReadStream, statSync } from 'node:fs';
import { FileUrlStorage, Upload } from 'tus-js-client';

const { origin, token, file, memory, attempts = 0 } = JSON.parse(process.argv[2]);
let videoId = '';
let isFirst = true;

const upload = new Upload(createReadStream(file), {
  endpoint: `${origin}/api/v1/uploads`,
  headers: { authorization: `Bearer ${token}` },
  metadata: { filename: 'film.mp4', filetype: 'video/mp4', title: 'Resumed' },
  uploadSize: statSync(file).size,
  urlStorage: new FileUrlStorage(memory),
  retryDelays: Array.from({ length: attempts }, () => 300),
  onAfterResponse: (_, response) => {
    videoId = response.getHeader('Upload-Video-Id') ?? videoId;
  },
  onProgress: (offset) => {
    if (isFirst) console.log(`from ${offset}`);
    isFirst = false;
  },
  onSuccess: () => end(`done ${upload.url} ${videoId}`),
  onError: (error) => end(`failed ${error.message}`),
});
const [previous] = await upload.findPreviousUploads();
if (previous) upload.resumeFromPreviousUpload(previous);
upload.start();

function end(line) {
  console.log(line);
  // The connection of a request that was refused early would keep it waiting for a minute.
  process.exit();
}
