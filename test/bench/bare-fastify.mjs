// Sends the content of a file as JSON: `/` does nothing else, `/asked` asks the database before which twenty videos
// are the newest. `node bare-fastify.mjs FILE DATABASE_URL`
import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import pg from 'pg';

const [, , file, connectionString] = process.argv;
const NEWEST = {
  name: 'newest',
  text: `SELECT id FROM videos WHERE deleted_at IS NULL AND visibility = 'PUBLIC'
    AND status NOT IN ('failed', 'cancelled') ORDER BY created_at DESC, id DESC LIMIT 20`,
};

const body = readFileSync(file, 'utf8');
const pool = new pg.Pool({ connectionString });
const send = (reply) => reply.type('application/json; charset=utf-8').send(body);
const server = fastify();
server.get('/', (_, reply) => send(reply));
server.get('/asked', async (_, reply) => {
  await pool.query(NEWEST);
  return send(reply);
});
console.log(await server.listen({ port: 0, host: '127.0.0.1' }));
