import { randomUUID } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { INestApplicationContext } from '@nestjs/common';
import { PruneService } from '../../src/housekeeping/prune.service.js';
import {
  avatarKey,
  outputKey,
  sourceKey,
  uploadedPictureKey,
} from '../../src/media/object-keys.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { makePerson, type Person } from '../support/people.js';
import { manage } from '../support/server.js';
import { commandServices } from '../support/services.js';
import { startStorage, STORAGES, type TestStorage } from '../support/storages.js';

const SECRET_KEY = 'a secret of thirty-two characters';

describe.each(STORAGES)('pruning on %s', (kind) => {
  let storage: TestStorage;
  let ground: Ground;
  let app: TestApp;
  let services: INestApplicationContext;
  let anna: Person;
  let videoId: string;

  beforeAll(async () => {
    storage = await startStorage(kind);
    ground = await createGround();
    app = await startAppOn(ground, { ...storage.settings, SECRET_KEY, ENCODE_LADDER: '90' });
    services = await commandServices(app);
    anna = await makePerson(app);
    videoId = await anna.client.uploadVideo(await clip('silent'));
    expect((await anna.client.settled(videoId)).status).toBe('ready');
  });
  afterAll(async () => {
    await services.close();
    await app.close();
    await ground.remove();
    await storage.stop();
  });

  const media = () => app.app.get(MediaStorage);
  const sql = (text: string, values: unknown[]) => query(ground.databaseUrl, text, values);
  const put = (key: string) => media().write(key, Readable.from(['12345']));

  async function prune(dryRun = false, writtenBefore = new Date(Date.now() + 3_600_000)) {
    const orphans: string[] = [];
    const missing: string[] = [];
    await services.get(PruneService).prune(
      { dryRun, writtenBefore },
      {
        orphan: ({ key }) => orphans.push(key),
        missing: (object) => missing.push(`${object.videoId} ${object.key}`),
      },
    );
    return { orphans: orphans.sort(), missing: missing.sort() };
  }

  async function keys(): Promise<string[]> {
    const found: string[] = [];
    for await (const key of media().list('')) found.push(key);
    return found.sort();
  }

  test('leaves what belongs to something, finished or not', async () => {
    const track = new FormData();
    track.append('file', new Blob(['1\n00:00:00,000 --> 00:00:01,000\nHello.\n']), 'a.srt');
    track.append('language', 'en');
    expect((await anna.client.post(`videos/${videoId}/subtitles`, track)).status).toBe(201);
    const avatar = avatarKey(anna.id, 'now');
    await sql('UPDATE users SET avatar_key = $2 WHERE id = $1', [anna.id, avatar]);
    await sql('UPDATE videos SET has_own_cover = true WHERE id = $1', [videoId]);
    const building = randomUUID();
    await sql('INSERT INTO revisions (id, video_id) VALUES ($1, $2)', [building, videoId]);
    const incoming = [
      sourceKey(anna.id, new Date(1), 'a.mp4'),
      uploadedPictureKey(anna.id, new Date(2), 'a.jpg'),
    ];
    for (const key of incoming) {
      await sql(
        `INSERT INTO upload_sessions (id, owner_id, kind, storage_key, filename, size_bytes, expires_at)
         VALUES ($1, $2, 'direct', $3, 'a.mp4', 5, now())`,
        [randomUUID(), anna.id, key],
      );
    }
    const cover = `videos/${videoId}/cover/poster.jpg`;
    const output = outputKey(videoId, building, 'v90p/segment_00001.m4s');
    for (const key of [...incoming, `${incoming[0]}.tail/2/5`, avatar, cover, output])
      await put(key);
    await put('reports/2026.pdf');
    const before = await keys();
    expect(await prune()).toEqual({ orphans: [], missing: [] });
    expect(await keys()).toEqual(before);
  });

  test('removes what belongs to nothing, once it is old enough', async () => {
    const failed = randomUUID();
    await sql(`INSERT INTO revisions (id, video_id, status) VALUES ($1, $2, 'failed')`, [
      failed,
      videoId,
    ]);
    const before = await keys();
    const orphans = [
      `self-test/${randomUUID()}`,
      avatarKey(anna.id, 'before'),
      sourceKey(anna.id, new Date(3), 'unknown.mp4'),
      uploadedPictureKey(anna.id, new Date(4), 'unknown.jpg'),
      outputKey(videoId, failed, 'v90p/index.m3u8'),
      outputKey(randomUUID(), randomUUID(), 'poster.jpg'),
      `videos/${randomUUID()}/cover/poster.jpg`,
      `videos/${videoId}/subtitles/${randomUUID()}.vtt`,
    ].sort();
    for (const key of orphans) await put(key);
    expect((await prune(false, new Date(Date.now() - 3_600_000))).orphans).toEqual([]);
    expect((await prune(true)).orphans).toEqual(orphans);
    expect(await keys()).toEqual([...before, ...orphans].sort());
    expect((await prune()).orphans).toEqual(orphans);
    expect(await keys()).toEqual(before);
    expect((await prune()).orphans).toEqual([]);
  });

  test('tells which videos lack files, and changes none of them', async () => {
    const { body } = await anna.client.get('videos/s3-videos');
    const [{ s3_key: source }] = body.videos as [{ s3_key: string }];
    const all = await keys();
    const playlist = all.find((key) => key.endsWith('v90p/index.m3u8')) ?? '';
    const [uploaded = ''] = all.filter((key) => key.includes('/subtitles/'));
    for (const key of [source, playlist, uploaded]) await media().delete(key);
    const { orphans, missing } = await prune();
    expect(orphans).toEqual([]);
    expect(missing).toEqual([source, playlist, uploaded].map((key) => `${videoId} ${key}`).sort());
    expect((await anna.client.get(`videos/${videoId}`)).body).toMatchObject({
      status: 'ready',
      playable: true,
    });
    if (kind === 's3') return;
    const orphan = sourceKey(anna.id, new Date(5), 'unknown.mp4');
    await put(orphan);
    const command = (...args: string[]) =>
      manage(['prune', ...args], {
        ...{ DATABASE_URL: ground.databaseUrl, DATA_DIR: ground.dataDir, SECRET_KEY },
      });
    expect((await command()).stdout).toMatch(/Removed 0 files, 0 B\. Missing: 3 files\.\n$/);
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    await utimes(path.join(ground.dataDir, 'media', orphan), yesterday, yesterday);
    const dry = await command('--dry-run');
    expect(dry.stdout).toContain(`would remove ${orphan} (5 B)\n`);
    expect(dry.stdout).toContain(`missing ${source} of video ${videoId}\n`);
    expect(dry.stdout).toMatch(/\nWould remove 1 file, 5 B\. Missing: 3 files\.\n$/);
    expect((await command()).stdout).toContain(`removed ${orphan} (5 B)\n`);
    expect(await keys()).not.toContain(orphan);
  });
});
