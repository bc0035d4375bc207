import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { VideoMetadataDto, VideoStatusDto } from '../../src/catalogue/video.dto.js';
import type { Problem } from '../../src/common/problem.js';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { signUp, type Client } from '../support/client.js';
import { clip, type ClipName } from '../support/clips.js';
import { ownCorpus, sharedCorpus, type Corpus, type Expectation } from '../support/corpus.js';
import { filesBelow } from '../support/files.js';
import { sourceFrames, titleFacts, type TitleFacts } from '../support/title-facts.js';

/** Two dozen encodes at once take their time on a small machine that has other things to do. */
const WAIT_SECONDS = 600;

/** What we encode, and what a source's own bitstream of standard definition is. */
const SDR = ['bt709 bt709 bt709', 'smpte170m smpte170m smpte170m'];
/** Nothing published may be longer: 1.5 times the 4 s that segments aim at. */
const LONGEST_SEGMENT_SECONDS = 6;
const TABLE = 'docs/media-support.md';

let app: TestApp;
let anna: Client;

beforeAll(async () => {
  app = await startApp({ ENCODE_LADDER: '144,360', ENCODE_CONCURRENCY: '2' });
  anna = await signUp(app, 'anna@example.com');
});

afterAll(() => app.close());

/** How a file ends: refused by the upload, failed, or ready. */
interface Outcome {
  /** Of the video, when the upload made one. */
  id: string | undefined;
  status: 'refused' | VideoStatusDto['status'];
  code: string | undefined;
  detail: string;
}

async function outcomeOf(file: string): Promise<Outcome> {
  const { status, body } = await anna.upload(file, { allow_duplicate: 'true' });
  if (status !== 201) {
    expect(status).toBe(422);
    const { code, detail } = body as Problem;
    return { id: undefined, status: 'refused', code, detail };
  }
  const { id } = body as UploadedDto;
  const end = await anna.settled(id, WAIT_SECONDS);
  const { code, detail = '' } = end.error ?? {};
  return { id, status: end.status, code, detail };
}

/** What lies in the storage and in scratch folders. */
async function traces(): Promise<string[]> {
  return [
    ...(await filesBelow(path.join(app.dataDir, 'media'))),
    ...(await filesBelow(path.join(app.dataDir, 'scratch'))),
  ];
}

describe('a file is refused, and nothing of it is kept, when it', () => {
  test.each<[string, ClipName, string]>([
    ['is empty', 'empty', 'upload.empty'],
    ['is text', 'text', 'source.not_a_video'],
    ['is noise', 'random', 'source.not_a_video'],
    ['is a picture', 'still', 'source.not_a_video'],
    ['is a playlist that names other files', 'playlist', 'source.not_a_video'],
    ['is a list of files to join', 'concat', 'source.not_a_video'],
    ['is a drawing that names other files', 'svg', 'source.not_a_video'],
    ['is a video without its index', 'noIndex', 'source.unreadable'],
    ['is sound alone', 'audioOnly', 'source.no_video_stream'],
  ])('%s', async (_, name, code) => {
    const before = await traces();
    const outcome = await outcomeOf(await clip(name));
    expect(outcome).toMatchObject({ code, detail: expect.stringMatching(/^[A-Z].*\.$/) as string });
    expect(['refused', 'failed']).toContain(outcome.status);
    expect(await traces()).toEqual(before);
  });
});

test('a file that breaks off does not hang: it ends as what is left of it or with a reason', async () => {
  const before = await traces();
  const outcome = await outcomeOf(await clip('cutOff'));
  expect(outcome).toMatchObject(
    outcome.status === 'ready' ? { code: undefined } : { status: 'failed', code: 'source.damaged' },
  );
  if (outcome.status === 'failed') expect(await traces()).toEqual(before);
});

/** The collection that may lie beside the checkout is the larger one; ours stands in for it. */
describe('of a collection of what people and attackers send', () => {
  let corpus: Corpus;
  let isShared: boolean;
  const became = new Map<string, string>();

  beforeAll(async () => {
    const folder = path.join(app.dataDir, 'corpus');
    const shared = await sharedCorpus(folder);
    isShared = shared !== undefined;
    corpus = shared ?? (await ownCorpus(folder));
  }, 180_000);

  afterAll(async () => {
    if (isShared) await keepTable(became);
  });

  /** Sends all files of a kind at once; gives how each of them ended. */
  async function outcomes(kind: Expectation['expect']): Promise<[string, Outcome][]> {
    const names = Object.keys(corpus.expected).filter(
      (name) => corpus.expected[name]?.expect === kind,
    );
    return Promise.all(
      names.map(async (name): Promise<[string, Outcome]> => {
        return [name, await outcomeOf(path.join(corpus.folder, name))];
      }),
    );
  }

  test('every file that is no video is refused for the right reason', async () => {
    const before = await traces();
    const found = await outcomes('rejected');
    for (const [name, { code }] of found) became.set(name, `refused: \`${code ?? ''}\``);
    const codes = found.map(([name, { code }]) => [name, code]);
    expect(codes).toEqual(codes.map(([name = '']) => [name, corpus.expected[name]?.error_code]));
    expect(await traces()).toEqual(before);
  });

  test('a damaged video does not hang: it ends as what is left of it or with a reason', async () => {
    for (const [name, { status, code }] of await outcomes('either')) {
      became.set(name, 'what is left of it, or refused: `source.damaged`');
      expect([name, status, code]).toEqual(
        status === 'ready' ? [name, 'ready', undefined] : [name, 'failed', 'source.damaged'],
      );
    }
  });

  test(
    'every video becomes right: in size, length, rate, voices, texts and colour, to the last frame',
    async () => {
      const found = await outcomes('ready');
      expect(found.map(([name, { status, code }]) => [name, status, code])).toEqual(
        found.map(([name]) => [name, 'ready', undefined]),
      );
      for (const [name, { id = '' }] of found) {
        const metadata = (await anna.get(`videos/${id}/metadata`)).body as VideoMetadataDto;
        const { hls_url } = (await anna.get(`videos/${id}/playback`)).body as PlaybackDto;
        const facts = await titleFacts(app.origin + hls_url);
        const expectation = corpus.expected[name] ?? { expect: 'ready' };
        became.set(name, inWords(metadata, facts));
        const wrong = [
          ...wrongInTitle(metadata, facts, expectation),
          ...wrongInPictures(facts, await framesOf(name, facts)),
        ];
        expect([name, metadata.filename, wrong]).toEqual([name, name, []]);
      }
    },
    2 * WAIT_SECONDS * 1000,
  );

  /** As many frames as the source has, unless its rate is changed on purpose: then what fills its time. */
  async function framesOf(name: string, { pictures: [first] }: TitleFacts): Promise<number> {
    const { frames, isSteady, rate } = await sourceFrames(path.join(corpus.folder, name));
    const { frameRate = 0, seconds = 0 } = first ?? {};
    const isKept = isSteady && Math.abs(rate - frameRate) < 0.01;
    const filled = Math.round(seconds * frameRate);
    // A sound that goes on keeps the last frame on the screen.
    return isKept && Math.abs(frames - filled) <= 1 ? frames : filled;
  }
});

function wrongInTitle(
  { duration_seconds: seconds, resolution }: VideoMetadataDto,
  { sounds, subtitleLanguages, pictures }: TitleFacts,
  expected: Expectation,
): string[] {
  const languages = sounds.map(({ language }) => language);
  const length = expected.duration_s ?? 0;
  const rates = pictures.map(({ frameRate }) => frameRate);
  return complaints({
    [`lasts ${seconds ?? 0} s`]: Math.abs((seconds ?? 0) - length) > 0.2,
    [`is ${resolution ?? ''}`]:
      expected.display !== undefined && resolution !== expected.display.join('x'),
    [`has ${sounds.length} sound tracks`]: sounds.length !== expected.audio_tracks,
    [`speaks ${languages.join()}`]:
      expected.audio_languages !== undefined &&
      languages.join() !== expected.audio_languages.join(),
    [`has texts in ${subtitleLanguages.join()}`]:
      subtitleLanguages.join() !== (expected.subtitle_languages ?? []).join(),
    [`has ${rates.join()} frames a second`]: rates.some((rate) => rate > (expected.max_fps ?? 60)),
    'has a sound that is not as long as the picture': sounds.some(
      (sound) => Math.abs(sound.seconds - (pictures[0]?.seconds ?? 0)) > 0.2,
    ),
  });
}

function wrongInPictures({ pictures }: TitleFacts, frames: number): string[] {
  return pictures.flatMap((picture) =>
    complaints({
      [`${picture.size} has ${picture.frames} frames, not ${frames}`]:
        Math.abs(picture.frames - frames) > 1,
      [`${picture.size} has no square pixels`]: !picture.squarePixels,
      [`${picture.size} is ${picture.color}`]: !SDR.includes(picture.color),
      [`${picture.size} is ${picture.pixelFormat}`]: picture.pixelFormat !== 'yuv420p',
      [`${picture.size} has a segment of ${picture.longestSegmentSeconds} s`]:
        picture.longestSegmentSeconds > LONGEST_SEGMENT_SECONDS,
    }),
  );
}

function complaints(found: Record<string, boolean>): string[] {
  return Object.keys(found).filter((complaint) => found[complaint]);
}

function inWords({ duration_seconds: seconds }: VideoMetadataDto, facts: TitleFacts): string {
  const { pictures, sounds, subtitleLanguages } = facts;
  const languages = sounds.map(({ language }) => language ?? 'unknown').join(', ');
  return [
    `ready: ${pictures.map(({ size }) => size).join(', ')}`,
    `${Number((pictures[0]?.frameRate ?? 0).toFixed(3))} frames/s`,
    `${(seconds ?? 0).toFixed(1)} s`,
    sounds.length > 0 ? `sound: ${languages}` : 'no sound',
    ...(subtitleLanguages.length > 0 ? [`texts: ${subtitleLanguages.join(', ')}`] : []),
  ].join('; ');
}

/** The table in the documentation is what a run has seen; one that differs is written anew. */
async function keepTable(became: ReadonlyMap<string, string>): Promise<void> {
  const rows = [...became].sort(([a], [b]) => (a < b ? -1 : 1));
  const text = [
    '# What becomes of which file',
    '',
    'Made by `test/e2e/corpus.test.ts` from a collection of files people and attackers send. The ladder of',
    'this run has rungs of 144 and 360 lines.',
    '',
    '| File | What became of it |',
    '| --- | --- |',
    ...rows.map(([name, outcome]) => `| \`${name}\` | ${outcome} |`),
    '',
  ].join('\n');
  if (text === (await readFile(TABLE, 'utf8').catch(() => ''))) return;
  await writeFile(TABLE, text);
}
