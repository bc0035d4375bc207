import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DataSource } from 'typeorm';
import { MovingRepository } from '../../src/housekeeping/move/moving.repository.js';
import { StorageMoveService } from '../../src/housekeeping/move/storage-move.service.js';
import { DiskStorage } from '../../src/infrastructure/storage/disk-storage.js';
import { outputKey } from '../../src/media/object-keys.js';
import type { ObjectInfo } from '../../src/ports/media-storage.js';
import { startApp, type TestApp } from '../support/app.js';
import { makePerson } from '../support/people.js';

const OBJECTS = 12;
/** As many as are moved at once: they may be on their way already. */
const UNDER_WAY = 4;

/** Has whoever looks at an object wait, as one that is large would. */
class SlowStorage extends DiskStorage {
  wait: () => Promise<unknown> = () => Promise.resolve();

  override async info(key: string): Promise<ObjectInfo> {
    await this.wait();
    return super.info(key);
  }
}

let app: TestApp;

beforeAll(async () => {
  app = await startApp({ ROLES: 'api' });
});
afterAll(() => app.close());

test('files of a video that is made anew while others are moved stay where they are', async () => {
  const database = app.app.get(DataSource);
  const videoId = randomUUID();
  await database.query(
    `INSERT INTO videos (id, owner_id, title, status, original_filename, source_size_bytes)
     VALUES ($1, $2, 'A film', 'failed', 'film.mp4', 1)`,
    [videoId, (await makePerson(app)).id],
  );
  const former = new SlowStorage(path.join(app.dataDir, 'former'));
  const revisionId = randomUUID();
  for (let at = 0; at < OBJECTS; at += 1) {
    const key = outputKey(videoId, revisionId, `v90p/segment_${at}.m4s`);
    await former.write(key, Readable.from(['of the first attempt']));
  }
  let retried: Promise<unknown> | undefined;
  const retry = () =>
    database.query(`UPDATE videos SET status = 'pending' WHERE id = $1`, [videoId]);
  former.wait = () => (retried ??= retry());

  const current = new DiskStorage(path.join(app.dataDir, 'current'));
  const moving = new StorageMoveService({ current, former }, new MovingRepository(database));
  const tally = await moving.move(() => undefined);
  expect(tally?.busy).toBeGreaterThanOrEqual(OBJECTS - UNDER_WAY);
});
