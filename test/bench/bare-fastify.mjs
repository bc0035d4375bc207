// Sends the content of a file as JSON: `/` does nothing else, `/asked` asks the database before which twenty videos
// are the newest. `/api/v1/videos` asks it what the server asks for a list that nobody has asked for, one thing after
// the other, and makes the JSON anew: whose session it is, and which videos are on the list, counted to a thousand.
// `node bare-fastify.mjs FILE DATABASE_URL`
import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import pg from 'pg';

const [, , file, connectionString] = process.argv;
const LISTED = `FROM videos WHERE deleted_at IS NULL AND visibility = 'PUBLIC'
  AND status NOT IN ('failed', 'cancelled')`;
const NEWEST_FIRST = 'ORDER BY created_at DESC, id DESC';
const NEWEST = { name: 'newest', text: `SELECT id ${LISTED} ${NEWEST_FIRST} LIMIT 20` };
const VIEWER = {
  name: 'viewer',
  text: `SELECT session.id, viewer.role, (SELECT last_value FROM catalogue_generation) AS generation
    FROM sessions session JOIN users viewer ON viewer.id = session.user_id
    WHERE session.revoked_at IS NULL AND session.expires_at > now() LIMIT 1`,
};
const FOUND = {
  name: 'found',
  text: `WITH found AS MATERIALIZED (
      SELECT id ${LISTED} AND created_at >= $1 ${NEWEST_FIRST} LIMIT 21)
    SELECT array_to_string(ARRAY(SELECT id FROM found), ',') AS ids, (SELECT count(*) FROM (
      SELECT 1 ${LISTED} AND created_at >= $1 ${NEWEST_FIRST} LIMIT 1001) counted) AS count`,
};

const body = readFileSync(file, 'utf8');
const answer = JSON.parse(body);
const pool = new pg.Pool({ connectionString });
const send = (reply, json) => reply.type('application/json; charset=utf-8').send(json);
const server = fastify();
server.get('/', (_, reply) => send(reply, body));
server.get('/asked', async (_, reply) => {
  await pool.query(NEWEST);
  return send(reply, body);
});
server.get('/api/v1/videos', async ({ query }, reply) => {
  await pool.query(VIEWER);
  await pool.query({ ...FOUND, values: [query.uploaded_after] });
  return send(reply, JSON.stringify(answer));
});
console.log(await server.listen({ port: 0, host: '127.0.0.1' }));
