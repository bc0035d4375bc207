import { createHash, randomFillSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { DataSource } from 'typeorm';
import { sha256Of } from '../../src/common/object-hash.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { clip, freeBox } from '../support/clips.js';
import { makePerson, type Person } from '../support/people.js';
import { startStorage, STORAGES, type TestStorage } from '../support/storages.js';

const MEBIBYTE = 1024 ** 2;

describe.each(STORAGES)('on %s', (kind) => {
  let storage: TestStorage;
  let ground: Ground;
  let app: TestApp;
  let anna: Person;

  beforeAll(async () => {
    storage = await startStorage(kind);
    ground = await createGround();
    app = await startAppOn(ground, { ...storage.settings, ENCODE_LADDER: '90' });
    anna = await makePerson(app);
  });
  afterAll(async () => {
    await app.close();
    await ground.remove();
    await storage.stop();
  });

  /** No two parts of it are alike. */
  async function film(moreBytes: number): Promise<Buffer> {
    const more = randomFillSync(freeBox(moreBytes), 8);
    return Buffer.concat([await readFile(await clip('silent')), more]);
  }

  test.each([
    ['in one piece', MEBIBYTE],
    ['in several parts', 27 * MEBIBYTE + 1],
  ])('a form whose file is stored %s is kept byte by byte, and plays', async (_, moreBytes) => {
    const bytes = await film(moreBytes);
    const form = new FormData();
    form.append('title', 'By form');
    form.append('file', new Blob([bytes]), 'film.mp4');
    const { status, body } = await anna.client.post('videos/upload', form);
    expect(status).toBe(201);
    const { id } = body as { id: string };
    const [row] = await app.app
      .get(DataSource)
      .query<{ source_key: string; source_sha256: string }[]>(
        'SELECT source_key, source_sha256 FROM videos WHERE id = $1',
        [id],
      );
    const sent = createHash('sha256').update(bytes).digest('hex');
    const key = row?.source_key ?? '';
    expect((await app.app.get(MediaStorage).info(key)).sizeBytes).toBe(bytes.length);
    expect(await sha256Of(app.app.get(MediaStorage), key)).toBe(sent);
    expect(row?.source_sha256).toBe(sent);
    expect(await anna.client.settled(id, 90)).toMatchObject({ status: 'ready', playable: true });
    const { hls_url: url } = (await anna.client.get(`videos/${id}/playback`)).body as {
      hls_url: string;
    };
    expect((await anna.client.get(url)).body).toContain('#EXTM3U');
  });
});
