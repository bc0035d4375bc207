// What no upload over HTTP can do without: takes in a body, and has it on the disk when it answers. It hashes the body
// on its way, unless it goes to `/unhashed`.
// node bare-upload-server.mjs FILE; prints its port.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';

const [, , file] = process.argv;

const server = createServer((request, response) => {
  const hash = createHash('sha256');
  const target = createWriteStream(file, { flush: true, highWaterMark: 1024 ** 2 });
  const isHashed = request.url !== '/unhashed';
  const arriving = isHashed
    ? pipeline(request, (body) => hashed(body, hash), target)
    : pipeline(request, target);
  arriving.then(
    () => response.end(hash.digest('hex')),
    (error) => response.destroy(error),
  );
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

async function* hashed(body, hash) {
  for await (const chunk of body) {
    hash.update(chunk);
    yield chunk;
  }
}
