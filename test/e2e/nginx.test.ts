import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { MediaTokens } from '../../src/common/media-token.js';
import type { Problem } from '../../src/common/problem.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { MediaKeyRotation } from '../../src/media-keys/key-rotation.service.js';
import { MediaKeyring } from '../../src/media-keys/media-keyring.service.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { MEDIA_KINDS, mediaPaths, type MediaKind } from '../support/media-kinds.js';
import { startNginx, type Nginx } from '../support/nginx.js';
import { makePerson, type Person } from '../support/people.js';

let ground: Ground;
let app: TestApp;
let owner: Person;
let viewer: Person;
let film: string;
/** Another one of the same owner. */
let other: string;
let paths: Record<MediaKind, string>;

beforeAll(async () => {
  ground = await createGround();
  app = await start({});
  [owner, viewer] = [await makePerson(app), await makePerson(app)];
  film = await owner.client.uploadVideo(await clip('twoSubtitles'));
  other = await owner.client.uploadVideo(await clip('silent'));
  for (const id of [film, other]) {
    expect(await owner.client.settled(id)).toMatchObject({ status: 'ready', error: null });
  }
  paths = await mediaPaths(owner.client, film);
  await app.close();
});

afterAll(() => ground.remove());

function start(settings: Record<string, string>): Promise<TestApp> {
  return startAppOn(ground, { ENCODE_LADDER: '90', ...settings });
}

async function setVisibility(visibility: string): Promise<void> {
  const sql = 'UPDATE videos SET visibility = $2 WHERE id = $1';
  await query(ground.databaseUrl, sql, [film, visibility]);
}

function tokenOf(viewerId: string, expiresAt?: Date): string {
  const signer = app.app.get(MediaTokens, { strict: false });
  const grant = signer.grant(film, viewerId);
  return signer.sign({ ...grant, expiresAt: expiresAt ?? grant.expiresAt });
}

const stored = (kind: MediaKind) =>
  readFile(path.join(ground.dataDir, 'media/videos', film, paths[kind]));

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

/** Ways that a path may be written to get elsewhere; `fetch` would tidy them up. */
async function rawStatus(origin: string, url: string): Promise<number> {
  const { hostname, port } = new URL(origin);
  const asked = request({ hostname, port, path: url });
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

describe('nginx that sends what the application lets it', () => {
  let nginx: Nginx;
  let token: string;

  beforeAll(async () => {
    app = await start({ MEDIA_DELIVERY: 'accel' });
    const upstream = new URL(app.origin).host;
    nginx = await startNginx({ file: 'videoflix.conf', upstream, dataDir: ground.dataDir });
    token = tokenOf(viewer.id);
  });

  afterAll(async () => {
    await nginx.stop();
    await app.close();
  });

  afterEach(() => setVisibility('PUBLIC'));

  const get = (kind: MediaKind, init: RequestInit = {}) =>
    fetch(`${nginx.origin}/media/${token}/${paths[kind]}`, init);

  test.each(MEDIA_KINDS)('%s comes whole, as the server alone would send it', async (kind) => {
    const response = await get(kind);
    expect(response.status).toBe(200);
    expect((await bytesOf(response)).equals(await stored(kind))).toBe(true);
    const alone = await fetch(`${app.origin}/media/${token}/${paths[kind]}`);
    for (const name of ['content-type', 'cache-control', 'access-control-allow-origin']) {
      expect([name, response.headers.get(name)]).toEqual([name, alone.headers.get(name)]);
    }
    expect(response.headers.get('x-accel-redirect')).toBeNull();
  });

  test('the server itself sends no byte of a segment', async () => {
    const response = await fetch(`${app.origin}/media/${token}/${paths.segment}`);
    expect(response.headers.get('x-accel-redirect')).toBe(
      `/_media/videos/${film}/${paths.segment}`,
    );
    expect((await bytesOf(response)).length).toBe(0);
  });

  test('a part, a head, and what is known already', async () => {
    const whole = await stored('segment');
    const part = await get('segment', { headers: { range: 'bytes=10-99' } });
    expect(part.status).toBe(206);
    expect((await bytesOf(part)).equals(whole.subarray(10, 100))).toBe(true);
    const beyond = await get('segment', { headers: { range: `bytes=${whole.length}-` } });
    expect(beyond.status).toBe(416);
    const head = await get('segment', { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(`${whole.length}`);
    const etag = head.headers.get('etag') ?? 'none';
    expect((await get('segment', { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  test('a video that turns private is gone at the next request', async () => {
    expect((await get('segment')).status).toBe(200);
    await setVisibility('PRIVATE');
    const response = await get('segment');
    const { code } = (await response.json()) as Problem;
    expect([response.status, code]).toEqual([404, 'media.not_found']);
  });

  test('nobody reaches the files but through the application', async () => {
    const ways = [
      `/_media/videos/${film}/${paths.segment}`,
      `/%5fmedia/videos/${film}/${paths.segment}`,
      `/media/../_media/videos/${film}/${paths.segment}`,
      `/media/${token}/../../../_media/videos/${film}/${paths.segment}`,
      `/media/${token}/..%2f..%2f..%2fsecret.key`,
      `/media/${token}/%2e%2e/%2e%2e/secret.key`,
    ];
    for (const way of ways) expect([400, 404]).toContain(await rawStatus(nginx.origin, way));
  });
});

describe('nginx that keeps bytes and checks the token itself', () => {
  let nginx: Nginx;
  let gate: Server;
  /** What reached the application. */
  let asked: string[];

  beforeAll(async () => {
    const keysFile = path.join(ground.dataDir, 'playback-keys.json');
    app = await start({ PLAYBACK_KEYS_FILE: keysFile, CDN_BASE_URL: 'https://cdn.example.org/' });
    gate = createServer((incoming, outgoing) => {
      const { url = '', method, headers } = incoming;
      asked.push(url);
      const forward = request(app.origin + url, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
      });
      incoming.pipe(forward);
    }).listen(0, '127.0.0.1');
    await once(gate, 'listening');
    const upstream = `127.0.0.1:${(gate.address() as AddressInfo).port}`;
    nginx = await startNginx({ file: 'videoflix-edge.conf', upstream, dataDir: ground.dataDir });
  });

  beforeEach(() => (asked = []));

  afterEach(() => setVisibility('PUBLIC'));

  afterAll(async () => {
    await nginx.stop();
    gate.closeAllConnections();
    gate.close();
    await app.close();
  });

  const get = (token: string, kind: MediaKind, init: RequestInit = {}) =>
    fetch(`${nginx.origin}/media/${token}/${paths[kind]}`, init);

  test('playback links lead to it', async () => {
    const client = new Client(app.origin, viewer.client.token);
    const { body } = await client.get(`videos/${film}/playback`);
    const { hls_url: hls, poster_url: poster } = body as PlaybackDto;
    for (const url of [hls, poster]) expect(url).toMatch(/^https:\/\/cdn\.example\.org\/media\//);
    const answer = await fetch(`${nginx.origin}${new URL(hls).pathname}`);
    expect(answer.status).toBe(200);
    const page = await fetch(`${app.origin}/`, { headers: { accept: 'text/html' } });
    const policy = page.headers.get('content-security-policy');
    for (const directive of ['connect-src', 'img-src', 'media-src']) {
      expect(policy).toMatch(new RegExp(`${directive} [^;]*https://cdn\\.example\\.org`));
    }
  });

  test.each(MEDIA_KINDS)('%s comes whole', async (kind) => {
    const token = tokenOf(viewer.id);
    for (let time = 0; time < 2; time += 1) {
      const response = await get(token, kind);
      expect(response.status).toBe(200);
      expect((await bytesOf(response)).equals(await stored(kind))).toBe(true);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    }
  });

  test('a segment is fetched once for all viewers, and each of them is asked about', async () => {
    const tokens = [tokenOf(viewer.id), tokenOf(owner.id)];
    await bytesOf(await get(tokens[0] ?? '', 'init segment'));
    asked = [];
    for (const token of tokens) {
      const response = await get(token, 'init segment');
      expect(response.headers.get('x-cache')).toBe('HIT');
      expect((await bytesOf(response)).equals(await stored('init segment'))).toBe(true);
    }
    expect(asked).toEqual(tokens.map((token) => `/media/${token}`));
  });

  test('a playlist is never kept', async () => {
    const token = tokenOf(viewer.id);
    for (let time = 0; time < 2; time += 1) {
      const response = await get(token, 'media playlist');
      expect(response.headers.get('x-cache')).not.toBe('HIT');
      await response.text();
    }
  });

  test('a part and a head come out of what is kept', async () => {
    const token = tokenOf(viewer.id);
    await bytesOf(await get(token, 'segment'));
    const part = await get(token, 'segment', { headers: { range: 'bytes=10-99' } });
    expect([part.status, part.headers.get('x-cache')]).toEqual([206, 'HIT']);
    const whole = await stored('segment');
    expect((await bytesOf(part)).equals(whole.subarray(10, 100))).toBe(true);
    const head = await get(token, 'segment', { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(`${whole.length}`);
  });

  describe('a token that is not good is refused without asking the application', () => {
    const flip = (token: string, at: number, mask = 1) => {
      const bytes = Buffer.from(token, 'base64url');
      bytes.writeUInt8((bytes[at] ?? 0) ^ mask, at);
      return bytes.toString('base64url');
    };

    test.each<[string, string, () => string]>([
      ['made up', 'invalid', () => 'x'.repeat(92)],
      ['cut off', 'invalid', () => tokenOf(viewer.id).slice(0, 40)],
      ['with a letter more', 'invalid', () => `${tokenOf(viewer.id)}A`],
      ['with padding', 'invalid', () => `${tokenOf(viewer.id)}=`],
      ['of a key that is none', 'invalid', () => flip(tokenOf(viewer.id), 0, 0x40)],
      ['for another video', 'invalid', () => flip(tokenOf(viewer.id), 1)],
      ['for another viewer', 'invalid', () => flip(tokenOf(viewer.id), 17)],
      ['whose expiry was moved', 'invalid', () => flip(tokenOf(viewer.id), 33)],
      ['with another signature', 'invalid', () => flip(tokenOf(viewer.id), 68)],
      ['that has expired', 'expired', () => tokenOf(viewer.id, new Date(Date.now() - 1000))],
    ])('%s', async (_, reason, token) => {
      await bytesOf(await get(tokenOf(viewer.id), 'segment'));
      asked = [];
      const response = await get(token(), 'segment');
      expect([response.status, ((await response.json()) as Problem).code]).toEqual([
        401,
        `media.${reason}_token`,
      ]);
      expect(asked).toEqual([]);
    });
  });

  test('what is kept is refused as soon as the viewer may not have it any more', async () => {
    const token = tokenOf(viewer.id);
    await bytesOf(await get(token, 'segment'));
    await setVisibility('PRIVATE');
    const response = await get(token, 'segment');
    const { code } = (await response.json()) as Problem;
    expect([response.status, code]).toEqual([404, 'media.not_found']);
    expect((await get(tokenOf(owner.id), 'segment')).status).toBe(200);
  });

  test('what is kept is of one video only', async () => {
    const signer = app.app.get(MediaTokens, { strict: false });
    const token = signer.sign(signer.grant(other, owner.id));
    await bytesOf(await get(tokenOf(owner.id), 'segment'));
    expect((await get(token, 'segment')).status).toBe(404);
  });

  test('a new key counts without a reload, and so does the end of the old ones', async () => {
    const old = tokenOf(viewer.id);
    await app.app.get(MediaKeyRotation, { strict: false }).rotate(new Date(), false);
    await reloaded();
    const fresh = tokenOf(viewer.id);
    expect(fresh).not.toBe(old);
    for (const token of [old, fresh]) expect((await get(token, 'segment')).status).toBe(200);
    await app.app.get(MediaKeyRotation, { strict: false }).rotate(new Date(), true);
    await reloaded();
    for (const token of [old, fresh]) expect((await get(token, 'segment')).status).toBe(401);
    expect((await get(tokenOf(viewer.id), 'segment')).status).toBe(200);
  });

  /** The application looks every few seconds by itself. */
  async function reloaded(): Promise<void> {
    await app.app.get(MediaKeyring, { strict: false }).reload();
  }

  test('nothing else of the site is there', async () => {
    for (const url of ['/', '/api/v1/videos', '/healthz', `/_right`, '/_refused/expired']) {
      expect([url, await rawStatus(nginx.origin, url)]).toEqual([url, 404]);
    }
  });
});
