import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, types } from 'hls-parser';
import { acquireEmbeddedPostgres } from '../../src/infrastructure/database/embedded/embedded-postgres.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { Client } from '../support/client.js';
import { startNginx, startNginxOn } from '../support/nginx.js';
import { shortClip } from './clips.js';
import { median } from './median.js';
import { startServer, type BenchServer } from './server.js';
import { requestsPerSecond, SERVER_CORE } from './wrk.js';

const MEBIBYTE = 1024 ** 2;
const RUNS = 3;

const VIEWERS = 200;
const WATCH_SECONDS = 30;
const SEGMENT_SECONDS = 4;

/** A database that both cores may serve: what is pinned is the server. */
async function withDatabase<T>(
  folder: string,
  measure: (settings: Record<string, string>) => Promise<T>,
): Promise<T> {
  const postgres = await acquireEmbeddedPostgres({ dataDir: path.join(folder, 'database') });
  try {
    return await measure({
      DATABASE_URL: postgres.url,
      SECRET_KEY: randomBytes(32).toString('hex'),
    });
  } finally {
    await postgres.release();
  }
}

/**
 * How many segments of 1 MiB a second one core sends, beside nginx on the same file: the server alone, and
 * nginx that asks the server at each request (X-Accel-Redirect), both then on that core. The client has
 * the other core.
 */
export async function segments(folder: string): Promise<object> {
  return withDatabase(folder, (settings) => segmentRates(folder, settings));
}

async function segmentRates(folder: string, settings: Record<string, string>): Promise<object> {
  const dataDir = path.join(folder, 'data');
  const server = await startServer(dataDir, settings, SERVER_CORE);
  const film = await filmOf(server, folder);
  const media = path.join(dataDir, 'media');
  await mkdir(path.join(media, 'videos', film, 'bench'));
  await writeFile(
    path.join(media, 'videos', film, 'bench/segment.m4s'),
    Buffer.alloc(MEBIBYTE, 'film'),
  );
  const { hls_url: hls } = await playbackOf(server.client, film);
  const link = `/media/${hls.split('/')[2] ?? ''}/bench/segment.m4s`;

  const plain = await startNginxOn(
    (_, port) => `sendfile on; tcp_nopush on;
      server { listen 127.0.0.1:${port}; location / { root ${media}; } }`,
    SERVER_CORE,
  );
  try {
    const rates = { nginx: [] as number[], server: [] as number[] };
    for (let run = 0; run < RUNS; run += 1) {
      rates.nginx.push(await requestsPerSecond(`${plain.origin}/videos/${film}/bench/segment.m4s`));
      rates.server.push(await requestsPerSecond(server.client.origin + link));
    }
    await server.stop();
    const accel = await acceleratedRate(dataDir, link, settings);
    const [nginx, ours] = [median(rates.nginx), median(rates.server)];
    return {
      runs: RUNS,
      nginx_per_second: Math.round(nginx),
      server_per_second: Math.round(ours),
      server_to_nginx: ratio(ours, nginx),
      accel_per_second: Math.round(accel),
      accel_to_nginx: ratio(accel, nginx),
    };
  } finally {
    await plain.stop();
  }
}

async function acceleratedRate(
  dataDir: string,
  link: string,
  settings: Record<string, string>,
): Promise<number> {
  const accelerated = { ...settings, MEDIA_DELIVERY: 'accel' };
  const server = await startServer(dataDir, accelerated, SERVER_CORE);
  const upstream = new URL(server.client.origin).host;
  const nginx = await startNginx({ file: 'videoflix.conf', upstream, dataDir }, SERVER_CORE);
  try {
    const rates: number[] = [];
    for (let run = 0; run < RUNS; run += 1)
      rates.push(await requestsPerSecond(nginx.origin + link));
    return median(rates);
  } finally {
    await nginx.stop();
    await server.stop();
  }
}

/**
 * How long people wait for the first byte of playlists and segments when 200 of them watch, each with a
 * link of their own and one segment of picture and sound every four seconds.
 */
export async function viewers(folder: string): Promise<object> {
  return withDatabase(folder, (settings) => firstByteTimes(folder, settings));
}

async function firstByteTimes(folder: string, settings: Record<string, string>): Promise<object> {
  const open = { ...settings, DEMOS_PER_HOUR: '100000' };
  const server = await startServer(path.join(folder, 'data'), open, SERVER_CORE);
  try {
    const film = await filmOf(server, folder);
    const links: string[] = [];
    for (let viewer = 0; viewer < VIEWERS; viewer += 1) {
      const { body } = await new Client(server.client.origin).post('auth/demo');
      const client = new Client(server.client.origin, body.access_token);
      links.push((await playbackOf(client, film)).hls_url);
    }
    const waits: Waits = { playlist: [], segment: [] };
    const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
    const watching = links.map((link, at) => {
      const delay = (at / VIEWERS) * SEGMENT_SECONDS * 1000;
      return watch(new URL(link, server.client.origin).href, delay, { waits, agent });
    });
    await Promise.all(watching);
    agent.destroy();
    return {
      viewers: VIEWERS,
      seconds: WATCH_SECONDS,
      playlist: percentiles(waits.playlist),
      segment: percentiles(waits.segment),
    };
  } finally {
    await server.stop();
  }
}

/** Milliseconds to the first byte, of every request. */
interface Waits {
  playlist: number[];
  segment: number[];
}

interface Watching {
  waits: Waits;
  agent: Agent;
}

async function watch(link: string, delay: number, { waits, agent }: Watching): Promise<void> {
  await sleep(delay);
  const fetchTimed = async (kind: keyof Waits, url: string) => {
    const { milliseconds, body } = await timed(url, agent);
    waits[kind].push(milliseconds);
    return body.toString();
  };
  const master = parse(await fetchTimed('playlist', link)) as types.MasterPlaylist;
  const best = master.variants.findLast(({ isIFrameOnly }) => !isIFrameOnly);
  const lists = [best?.uri, best?.audio[0]?.uri].filter((uri) => uri !== undefined);
  const tracks = await Promise.all(
    lists.map(async (uri) => {
      const url = new URL(uri, link).href;
      const { segments } = parse(await fetchTimed('playlist', url)) as types.MediaPlaylist;
      return segments.map((segment) => new URL(segment.uri, url).href);
    }),
  );
  const startedAt = performance.now();
  for (let at = 0; at * SEGMENT_SECONDS < WATCH_SECONDS; at += 1) {
    await sleep(Math.max(0, startedAt + at * SEGMENT_SECONDS * 1000 - performance.now()));
    const urls = tracks.flatMap((track) => track[at % track.length] ?? []);
    await Promise.all(urls.map((url) => fetchTimed('segment', url)));
  }
}

function timed(url: string, agent: Agent): Promise<{ milliseconds: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    get(url, { agent }, (response: IncomingMessage) => {
      const milliseconds = performance.now() - startedAt;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve({ milliseconds, body: Buffer.concat(chunks) });
        else reject(new Error(`${url} was answered with ${response.statusCode ?? 'nothing'}`));
      });
    }).on('error', reject);
  });
}

async function filmOf({ client }: BenchServer, folder: string): Promise<string> {
  const film = await client.uploadVideo(await shortClip(folder));
  const { status } = await client.settled(film, 300);
  if (status !== 'ready') throw new Error(`the film is ${status}`);
  return film;
}

async function playbackOf(client: Client, film: string): Promise<PlaybackDto> {
  return (await client.get(`videos/${film}/playback`)).body as PlaybackDto;
}

function percentiles(values: readonly number[]) {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { requests: sorted.length, median_ms: at(0.5), p99_ms: at(0.99), longest_ms: at(1) };
}

function ratio(one: number, other: number): number {
  return round(one / other);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
