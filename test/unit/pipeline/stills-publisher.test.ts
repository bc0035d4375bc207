import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { Revision } from '../../../src/catalogue/revision.entity.js';
import { Video } from '../../../src/catalogue/video.entity.js';
import { DiskStorage } from '../../../src/infrastructure/storage/disk-storage.js';
import { planEncoding } from '../../../src/media/plan.js';
import { StillsPublisher } from '../../../src/pipeline/stills-publisher.js';
import { storedPreviews } from '../../../src/pipeline/stored-previews.js';
import { source } from '../media/sources.js';

const ids = {
  videoId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01',
  revisionId: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a02',
};
const PREFIX = `videos/${ids.videoId}/${ids.revisionId}/`;
const work = {
  video: Object.assign(new Video(), { id: ids.videoId }),
  revision: Object.assign(new Revision(), { id: ids.revisionId }),
};
/** Two sheets. */
const plan = planEncoding(source({ durationSeconds: 240 }));
const stills = plan.runs[0]?.stills;
const WHOLE = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);

let root: string;
let folder: string;
let storage: DiskStorage;
let shown: object[];
let publisher: StillsPublisher;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'videoflix-stills-'));
  folder = path.join(root, 'encoder');
  await mkdir(path.join(folder, 'storyboard'), { recursive: true });
  storage = new DiskStorage(path.join(root, 'media'));
  shown = [];
  const processing = {
    showImages: (_: unknown, images: object) => {
      shown.push(images);
      return Promise.resolve();
    },
  };
  publisher = new StillsPublisher(processing, storage, work, stills, folder);
});

afterEach(() => rm(root, { recursive: true }));

const make = (...names: string[]) =>
  Promise.all(names.map((name) => writeFile(path.join(folder, name), WHOLE)));
const makePreviews = () =>
  make('preview.mp4', 'storyboard/sheet_001.jpg', 'storyboard/sheet_002.jpg');

test('shows thumbnail and poster once both are whole, and once only', async () => {
  await make('thumbnail.jpg');
  await writeFile(path.join(folder, 'poster.jpg'), WHOLE.subarray(0, 3));
  await publisher.advance();
  expect(shown).toEqual([]);
  await make('poster.jpg');
  await publisher.advance();
  await publisher.advance();
  expect(shown).toEqual([
    { thumbnailKey: `${PREFIX}thumbnail.jpg`, posterKey: `${PREFIX}poster.jpg` },
  ]);
});

test('stores storyboard and preview when the run has ended, and shows nothing of them yet', async () => {
  await makePreviews();
  await publisher.finish();
  const vtt = await text(await storage.read(`${PREFIX}storyboard/storyboard.vtt`));
  expect(vtt).toContain('\nsheet_002.jpg#xywh=');
  expect(shown).toEqual([]);
  expect(await storedPreviews(storage, ids, plan)).toEqual({
    storyboardKey: `${PREFIX}storyboard/storyboard.vtt`,
    previewKey: `${PREFIX}preview.mp4`,
  });
});

test('can be repeated by an attempt that starts over', async () => {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await makePreviews();
    await publisher.finish();
  }
  await expect(storedPreviews(storage, ids, plan)).resolves.toBeDefined();
});

test.each(['storyboard/sheet_002.jpg', 'storyboard/storyboard.vtt', 'preview.mp4'])(
  'is found incomplete without %s',
  async (name) => {
    await makePreviews();
    await publisher.finish();
    await storage.delete(`${PREFIX}${name}`);
    await expect(storedPreviews(storage, ids, plan)).rejects.toThrow();
  },
);

test('a plan without previews has none to look for', async () => {
  const [run] = plan.runs;
  if (!run) throw new Error('A plan has a run.');
  const none = { ...plan, runs: [{ ...run, stills: undefined }] };
  expect(await storedPreviews(storage, ids, none)).toEqual({
    storyboardKey: null,
    previewKey: null,
  });
});
