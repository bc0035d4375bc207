import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse, types } from 'hls-parser';
import type { VideoMetadataDto, VideoStatusDto } from '../../src/catalogue/video.dto.js';
import type { Problem } from '../../src/common/problem.js';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { signUp, type Client } from '../support/client.js';
import { clip, sharedFile, type ClipName } from '../support/clips.js';
import { filesBelow } from '../support/files.js';

/** Two dozen encodes at once take their time on a small machine that has other things to do. */
const WAIT_SECONDS = 300;

let app: TestApp;
let anna: Client;

beforeAll(async () => {
  app = await startApp({ ENCODE_LADDER: '144', ENCODE_CONCURRENCY: '2' });
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
  seconds: number;
}

async function outcomeOf(file: string): Promise<Outcome> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const { status, body } = await anna.upload(file, { allow_duplicate: 'true' });
  if (status !== 201) {
    expect(status).toBe(422);
    const { code, detail } = body as Problem;
    return { id: undefined, status: 'refused', code, detail, seconds: seconds() };
  }
  const { id } = body as UploadedDto;
  const end = (await anna.settled(id, WAIT_SECONDS)) as VideoStatusDto;
  const { code, detail = '' } = end.error ?? {};
  return { id, status: end.status, code, detail, seconds: seconds() };
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

test('a file that breaks off ends soon, as what is left of it or with a reason', async () => {
  const before = await traces();
  const outcome = await outcomeOf(await clip('cutOff'));
  expect(outcome.seconds).toBeLessThan(20);
  expect(outcome).toMatchObject(
    outcome.status === 'ready' ? { code: undefined } : { status: 'failed', code: 'source.damaged' },
  );
  if (outcome.status === 'failed') expect(await traces()).toEqual(before);
});

const makeCorpus = sharedFile('corpus', 'make.sh');
const expectations = sharedFile('corpus', 'expected.json');

/** A collection of what people and attackers send, which may lie beside the checkout. */
if (makeCorpus && expectations) {
  describe('of the collection beside the checkout', () => {
    interface Expectation {
      expect: 'ready' | 'rejected' | 'either';
      error_code?: string;
      display?: [number, number];
      duration_s?: number;
      audio_tracks?: number;
      audio_languages?: string[];
      max_fps?: number;
    }
    let expected: Record<string, Expectation>;
    let folder: string;

    beforeAll(async () => {
      folder = path.join(app.dataDir, 'corpus');
      await promisify(execFile)('bash', [makeCorpus, folder]);
      expected = JSON.parse(await readFile(expectations, 'utf8')) as Record<string, Expectation>;
    }, 120_000);

    /** Sends all files of a kind at once; gives how each of them ended. */
    async function outcomes(kind: Expectation['expect']): Promise<[string, Outcome][]> {
      const names = Object.keys(expected).filter((name) => expected[name]?.expect === kind);
      expect(names.length).toBeGreaterThan(0);
      return Promise.all(
        names.map(async (name): Promise<[string, Outcome]> => {
          return [name, await outcomeOf(path.join(folder, name))];
        }),
      );
    }

    test('every file that is no video is refused for the right reason', async () => {
      const before = await traces();
      const codes = (await outcomes('rejected')).map(([name, { code }]) => [name, code]);
      const right = codes.map(([name = '']) => [name, expected[name]?.error_code]);
      expect(codes).toEqual(right);
      expect(await traces()).toEqual(before);
    });

    test('a damaged video ends soon, as what is left of it or with a reason', async () => {
      for (const [name, { status, code, seconds }] of await outcomes('either')) {
        expect(seconds).toBeLessThan(30);
        expect([name, status, code]).toEqual(
          status === 'ready' ? [name, 'ready', undefined] : [name, 'failed', 'source.damaged'],
        );
      }
    });

    test(
      'every video becomes ready, as long and with as many voices as it has',
      async () => {
        const found = await outcomes('ready');
        expect(found.map(([name, { status, code }]) => [name, status, code])).toEqual(
          found.map(([name]) => [name, 'ready', undefined]),
        );
        const facts = await Promise.all(
          found.map(async ([name, { id = '' }]) => [name, await factsOf(id)] as const),
        );
        expect(facts).toEqual(found.map(([name]) => [name, expectedFacts(expected[name])]));
      },
      WAIT_SECONDS * 1000,
    );

    async function factsOf(id: string) {
      const metadata = (await anna.get(`videos/${id}/metadata`)).body as VideoMetadataDto;
      const { hls_url } = (await anna.get(`videos/${id}/playback`)).body as PlaybackDto;
      const master = parse((await anna.get(hls_url)).body as string) as types.MasterPlaylist;
      const [variant] = master.variants;
      return {
        filename: metadata.filename,
        seconds: metadata.duration_seconds,
        size: metadata.resolution,
        voices: variant?.audio.length,
        languages: variant?.audio.map(({ language }) => language),
        fps: variant?.frameRate,
      };
    }

    function expectedFacts(
      { display, duration_s, audio_tracks, audio_languages, max_fps }: Expectation = {
        expect: 'ready',
      },
    ) {
      return {
        filename: expect.any(String) as string,
        seconds: expect.closeTo(duration_s ?? 0, 0) as number,
        size: display?.join('x') ?? (expect.any(String) as string),
        voices: audio_tracks,
        languages: audio_languages ?? (expect.any(Array) as string[]),
        fps: max_fps ?? (expect.any(Number) as number),
      };
    }
  });
}
