// A route that sends the content of a file as JSON, and nothing else: `node bare-fastify.mjs FILE`.
import { readFileSync } from 'node:fs';
import fastify from 'fastify';

const body = readFileSync(process.argv[2], 'utf8');
const server = fastify();
server.get('/', (_, reply) => reply.type('application/json; charset=utf-8').send(body));
console.log(await server.listen({ port: 0, host: '127.0.0.1' }));
