import { open } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Logger } from '@nestjs/common';
import fastify, { type FastifyInstance } from 'fastify';
import { ProblemFilter } from '../../../src/common/problem.filter.js';

let server: FastifyInstance;
let failure: () => Promise<unknown>;

beforeAll(() => {
  jest.spyOn(Logger.prototype, 'error').mockImplementation();
  const filter = new ProblemFilter();
  server = fastify();
  server.setErrorHandler((error, request, reply) => {
    filter.answer(error, request, reply);
  });
  server.get('/', () => failure());
});

afterAll(async () => {
  await server.close();
  jest.restoreAllMocks();
});

test.each([
  ['a folder that is gone', () => open('/nowhere/film.mp4', 'w'), 503, 'service.unavailable'],
  ['a file that takes no bytes, by its descriptor', writeToReadOnly, 503, 'service.unavailable'],
  ['a program that cannot be started', startNothing, 500, 'internal.error'],
  ['a mistake', () => Promise.reject(new TypeError('x is undefined')), 500, 'internal.error'],
])('%s', async (_, fail: () => Promise<unknown>, status, code) => {
  failure = fail;
  const answer = await server.inject('/');
  expect([answer.statusCode, answer.json()]).toEqual([status, expect.objectContaining({ code })]);
  expect(answer.headers['retry-after']).toBe(status === 503 ? '10' : undefined);
});

/** An error of a file that does not name it: only the call by its descriptor failed. */
async function writeToReadOnly(): Promise<void> {
  const file = await open(__filename, 'r');
  try {
    await file.write('x');
  } finally {
    await file.close();
  }
}

async function startNothing(): Promise<void> {
  const [error] = (await once(spawn('/nowhere/ffmpeg'), 'error')) as [Error];
  throw error;
}
