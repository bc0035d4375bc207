// Sends the content of a file as JSON: `/` does nothing else, `/asked` asks the database before which twenty videos
// are the newest, `/found` also what they are and how many there are on all.
// `node bare-fastify.mjs FILE DATABASE_URL`
import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import pg from 'pg';

const [, , file, connectionString] = process.argv;
const LISTED = `FROM videos WHERE deleted_at IS NULL AND visibility = 'PUBLIC'
  AND status NOT IN ('failed', 'cancelled') ORDER BY created_at DESC, id DESC`;
const NEWEST = { name: 'newest', text: `SELECT id ${LISTED} LIMIT 20` };
const SHOWN = {
  name: 'shown',
  text: `SELECT video.id, video.title, video.description, video.language, video.tags, video.duration_seconds,
      video.thumbnail_key, video.created_at, owner.name, stats.views, stats.likes, stats.rating
    FROM videos video JOIN users owner ON owner.id = video.owner_id
    JOIN video_stats stats ON stats.video_id = video.id WHERE video.id = ANY($1::uuid[])`,
};
const COUNT = {
  name: 'count',
  text: `SELECT count(*) FROM (SELECT 1 ${LISTED} LIMIT 10001) counted`,
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
server.get('/found', async (_, reply) => {
  const { rows } = await pool.query(NEWEST);
  await pool.query({ ...SHOWN, values: [rows.map(({ id }) => id)] });
  await pool.query(COUNT);
  return send(reply);
});
console.log(await server.listen({ port: 0, host: '127.0.0.1' }));
