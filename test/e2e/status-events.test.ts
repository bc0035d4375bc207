import type { VideoStatusDto } from '../../src/catalogue/video.dto.js';
import { StatusService } from '../../src/catalogue/status.service.js';
import type { TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { makePerson } from '../support/people.js';
import { until } from '../support/until.js';
import type { WatchedFfmpeg } from '../support/watched-ffmpeg.js';
import { createWatchedGround, type WatchedGround } from '../support/watched-ground.js';

interface StatusEvent {
  id: number;
  type: string;
  status: VideoStatusDto;
}

/** Listens to the events of one video, as a browser would. */
class Listener {
  readonly events: StatusEvent[] = [];
  readonly comments: string[] = [];
  headers = new Headers();
  httpStatus = 0;
  hasEnded = false;
  private readonly leaving = new AbortController();

  constructor({ origin, token }: Client, videoId: string) {
    void this.listen(`${origin}/api/v1/videos/${videoId}/events`, token ?? '');
  }

  get last(): VideoStatusDto | undefined {
    return this.events.at(-1)?.status;
  }

  leave(): void {
    this.leaving.abort();
  }

  private async listen(url: string, token: string): Promise<void> {
    try {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
      const response = await fetch(url, { headers, signal: this.leaving.signal });
      this.headers = response.headers;
      this.httpStatus = response.status;
      let text = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        text += decoder.decode(chunk as Uint8Array, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) this.take(block);
      }
    } catch {
      // The connection was cut, which is an end as well.
    }
    this.hasEnded = true;
  }

  private take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
    if (block.trim().startsWith(':')) this.comments.push(block.trim());
    if (!block.includes('data:')) return;
    const status = JSON.parse(field('data')) as VideoStatusDto;
    this.events.push({ id: Number(field('id')), type: field('event'), status });
  }
}

let ground: WatchedGround;
let ffmpeg: WatchedFfmpeg;
let api: TestApp;
let anna: Client;
let annaId: string;

beforeAll(async () => {
  ground = await createWatchedGround({ ENCODE_LADDER: '90,180,360' });
  ({ ffmpeg } = ground);
  api = await ground.start('api');
  await ground.start('worker');
  ({ client: anna, id: annaId } = await makePerson(api));
});

afterEach(() => ffmpeg.readAsFastAsPossible());

afterAll(() => ground.remove());

async function upload(fields: Record<string, string> = {}): Promise<string> {
  return anna.uploadVideo(await clip('long'), fields);
}

/** A video whose encode takes as long as it plays. */
async function uploadHeld(fields: Record<string, string> = {}): Promise<string> {
  await ffmpeg.readAt(1);
  const id = await upload(fields);
  await until(async () => (await anna.statusOf(id)).progress.stage === 'encoding');
  return id;
}

const ended = (listener: Listener) => until(() => listener.hasEnded, { what: 'the end' });

test('a listener is told the status at once, every change, and the end', async () => {
  await ffmpeg.readAt(4);
  const listener = new Listener(anna, await upload());
  await until(() => listener.events.length > 0, { what: 'the first event' });
  await ended(listener);
  expect(listener.httpStatus).toBe(200);
  expect(listener.headers.get('content-type')).toMatch(/^text\/event-stream/);
  expect(listener.headers.get('x-accel-buffering')).toBe('no');
  expect(listener.headers.get('cache-control')).toContain('no-cache');
  expect(new Set(listener.events.map(({ type }) => type))).toEqual(new Set(['status']));
  const ids = listener.events.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
  const told = listener.events.map(({ status }) => JSON.stringify(status));
  expect(told.filter((status, at) => status === told[at - 1])).toEqual([]);
  const stages = listener.events.map(({ status }) => status.progress.stage);
  expect(stages).toContain('encoding');
  expect(listener.events.some(({ status }) => status.playable && status.status !== 'ready')).toBe(
    true,
  );
  const status = await anna.statusOf(listener.last?.id ?? '');
  expect(listener.last).toEqual(status);
  expect(status.status).toBe('ready');
});

test('whoever comes after the end is told so, and nothing more', async () => {
  const id = await upload();
  await anna.settled(id);
  const listener = new Listener(anna, id);
  await ended(listener);
  expect(listener.events.map(({ status }) => status.status)).toEqual(['ready']);
});

test('whoever connects again after a restart of the API goes on', async () => {
  const id = await uploadHeld();
  const before = new Listener(anna, id);
  await until(() => before.events.length > 0);
  await api.close();
  await ended(before);
  expect(before.last?.status).toBe('processing');
  api = await ground.start('api');
  anna = new Client(api.origin, anna.token);
  const after = new Listener(anna, id);
  await until(() => after.events.length > 0, { what: 'the first event' });
  await ffmpeg.readAsFastAsPossible();
  await ended(after);
  expect(after.last?.status).toBe('ready');
  expect(after.events[0]?.id).toBeGreaterThan(before.events.at(-1)?.id ?? Infinity);
});

test('fifty listeners of one video cost one look, and nobody none', async () => {
  const id = await uploadHeld();
  const looks = jest.spyOn(api.app.get(StatusService), 'standing');
  const listeners = Array.from({ length: 50 }, () => new Listener(anna, id));
  await until(() => listeners.every(({ events }) => events.length > 0));
  looks.mockClear();
  const began = Date.now();
  await until(() => Date.now() - began > 2000);
  const count = looks.mock.calls.length;
  expect(count).toBeGreaterThanOrEqual(2);
  expect(count).toBeLessThanOrEqual(1 + (Date.now() - began) / 500);
  for (const listener of listeners) listener.leave();
  await Promise.all(listeners.map(ended));
  await until(() => Date.now() - began > 4500);
  looks.mockClear();
  await until(() => Date.now() - began > 6000);
  expect(looks).not.toHaveBeenCalled();
  looks.mockRestore();
  await anna.post(`videos/${id}/cancel`);
});

test('a connection on which nothing happens is kept open by comments', async () => {
  const id = await upload();
  await anna.settled(id);
  await query(ground.databaseUrl, `UPDATE videos SET status = 'processing' WHERE id = $1`, [id]);
  const listener = new Listener(anna, id);
  await until(() => listener.comments.length > 0, { what: 'a comment' });
  expect(listener.events).toHaveLength(1);
  expect(listener.hasEnded).toBe(false);
  listener.leave();
});

test('cancelling is told as the end', async () => {
  const id = await uploadHeld();
  const listener = new Listener(anna, id);
  await until(() => listener.events.length > 0);
  await anna.post(`videos/${id}/cancel`);
  await ended(listener);
  expect(listener.last?.status).toBe('cancelled');
});

describe('nobody is told anything who', () => {
  test('is not signed in, or may not see the video', async () => {
    const id = await uploadHeld({ visibility: 'PRIVATE' });
    const stranger = new Listener((await makePerson(api)).client, id);
    const nobody = new Listener(new Client(api.origin), id);
    await Promise.all([stranger, nobody].map(ended));
    expect([stranger.httpStatus, nobody.httpStatus]).toEqual([404, 401]);
    await anna.post(`videos/${id}/cancel`);
  });

  test('loses the right to see it, signs out, or listens to a video that is deleted', async () => {
    const id = await uploadHeld();
    const stranger = (await makePerson(api)).client;
    const leaver = (await makePerson(api)).client;
    const [losing, leaving, owner] = [stranger, leaver, anna].map((one) => new Listener(one, id));
    await until(() => [losing, leaving, owner].every((one) => (one?.events.length ?? 0) > 0));
    await leaver.post('auth/logout', {});
    if (leaving) await ended(leaving);
    await query(
      ground.databaseUrl,
      `UPDATE videos SET visibility = 'PRIVATE' WHERE id = $1 AND owner_id = $2`,
      [id, annaId],
    );
    if (losing) await ended(losing);
    expect([losing?.last?.status, leaving?.last?.status]).toEqual(['processing', 'processing']);
    expect(owner?.hasEnded).toBe(false);
    await anna.send('DELETE', `videos/${id}`);
    if (owner) await ended(owner);
  });
});
