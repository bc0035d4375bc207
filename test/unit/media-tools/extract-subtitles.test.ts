import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { extractSubtitles } from '../../../src/media-tools/extract-subtitles.js';
import { probeSource } from '../../../src/media-tools/ffprobe.js';
import { planSubtitles } from '../../../src/media/subtitle-plan.js';
import { readSubtitles } from '../../../src/media/subtitles/read-subtitles.js';
import { clip } from '../../support/clips.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'videoflix-subtitles-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function tracks() {
  const sourcePath = await clip('twoSubtitles');
  const { subtitles } = await probeSource(sourcePath, { ffprobePath: 'ffprobe' });
  return { sourcePath, planned: planSubtitles(subtitles) };
}

const tools = { ffmpegPath: 'ffmpeg' };

test('every text track is taken out of a source', async () => {
  const { sourcePath, planned } = await tracks();
  const texts = await extractSubtitles(planned, { sourcePath, outputDirectory: folder }, tools);
  expect([...texts.keys()]).toEqual(['s0-en', 's1-de']);
  const counts = [...texts.values()].map((text) => readSubtitles(text));
  expect(counts).toMatchObject([
    { cues: { length: 2 }, faults: [] },
    { cues: { length: 1 }, faults: [] },
  ]);
});

test('one that cannot be read does not take the others with it', async () => {
  const { sourcePath, planned } = await tracks();
  const [first] = planned;
  if (!first) throw new Error('the clip has subtitles');
  const broken = { ...first, folder: 's9', streamIndex: 9 };
  const texts = await extractSubtitles(
    [broken, ...planned],
    { sourcePath, outputDirectory: folder },
    tools,
  );
  expect([...texts.keys()]).toEqual(['s0-en', 's1-de']);
});

test('nothing is read of a file that is no video', async () => {
  const sourcePath = path.join(folder, 'source');
  await writeFile(sourcePath, 'ffconcat version 1.0\nfile /etc/passwd\n');
  const { planned } = await tracks();
  const texts = await extractSubtitles(planned, { sourcePath, outputDirectory: folder }, tools);
  expect(texts.size).toBe(0);
});

test('somebody who stops it is told so', async () => {
  const { sourcePath, planned } = await tracks();
  await expect(
    extractSubtitles(
      planned,
      { sourcePath, outputDirectory: folder },
      { ...tools, signal: AbortSignal.abort() },
    ),
  ).rejects.toMatchObject({ name: 'ToolFailure', reason: 'aborted' });
});
