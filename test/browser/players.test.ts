import type { Browser, Page } from 'playwright-core';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser, openPage } from '../support/browser.js';
import { signUp } from '../support/client.js';
import { clip } from '../support/clips.js';
import { until } from '../support/until.js';
import { WatchedFfmpeg } from '../support/watched-ffmpeg.js';

const SHAKA = 'node_modules/shaka-player/dist/shaka-player.compiled.js';
const HLS_JS = 'node_modules/hls.js/dist/hls.min.js';
const PAGE = '/players-under-test';

/** The time at which the last of 250 frames is shown. */
const LAST_FRAME_SECONDS = 249 / 25;

let app: TestApp;
let browser: Browser;
let ffmpeg: WatchedFfmpeg;
let early: PlaybackDto | undefined;
let playback: PlaybackDto;
let subtitled: PlaybackDto;

beforeAll(async () => {
  ffmpeg = await WatchedFfmpeg.create();
  app = await startApp({ ENCODE_LADDER: '90,180', FFMPEG_PATH: ffmpeg.path });
  await ffmpeg.readAt(4);
  browser = await launchBrowser();
  const anna = await signUp(app, 'anna@example.com');
  const { body } = await anna.upload(await clip('long'));
  const { id } = body as UploadedDto;
  await until(
    async () => {
      const { status, body: opened } = await anna.get(`videos/${id}/playback`);
      if (status === 200) early ??= opened as PlaybackDto;
      return early;
    },
    { what: 'the first segments' },
  );
  expect(await anna.settled(id)).toMatchObject({ status: 'ready' });
  await ffmpeg.readAsFastAsPossible();
  const texts = (await anna.upload(await clip('twoSubtitles'))).body as UploadedDto;
  expect(await anna.settled(texts.id)).toMatchObject({ status: 'ready' });
  subtitled = (await anna.get(`videos/${texts.id}/playback`)).body as PlaybackDto;
  playback = (await anna.get(`videos/${id}/playback`)).body as PlaybackDto;
});

afterAll(async () => {
  await browser.close();
  await app.close();
  await ffmpeg.remove();
});

/**
 * A page with a player that has loaded a manifest. `load` and `choose` are scripts: the one makes the
 * player, the other takes the rung of a height.
 */
async function playerPage(library: string, load: string, choose: string) {
  const problems: string[] = [];
  const page = await openPage(browser, app.origin, problems);
  const html = '<!doctype html><link rel="icon" href="data:,"><video muted></video>';
  await page.route(`**${PAGE}`, (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto(PAGE);
  await page.addScriptTag({ path: library });
  await page.evaluate(`(async () => {
    const video = document.querySelector('video');
    window.shown = [];
    const note = (_, { mediaTime, width, height }) => {
      shown.push({ mediaTime, width, height });
      video.requestVideoFrameCallback(note);
    };
    video.requestVideoFrameCallback(note);
    window.problems = [];
    ${load}
    window.choose = (height) => { ${choose} };
  })()`);
  return { page, problems };
}

interface Shown {
  mediaTime: number;
  height: number;
}

/** The frames seen so far. */
async function shown(page: Page): Promise<Shown[]> {
  return page.evaluate('shown');
}

/** Starts in one size, goes on in the other, and skips to the last seconds. */
async function watch({ page, problems }: Awaited<ReturnType<typeof playerPage>>) {
  await page.evaluate(`choose(90), document.querySelector('video').play()`);
  await until(async () => (await shown(page)).some(({ height }) => height === 90), {
    what: 'a small frame',
  });
  await page.evaluate('choose(180)');
  await until(async () => (await shown(page)).some(({ height }) => height === 180), {
    what: 'a large frame',
  });
  await page.evaluate(`document.querySelector('video').currentTime = 7.5`);
  await until(() => page.evaluate<boolean>(`document.querySelector('video').ended`), {
    what: 'the end',
  });
  const last = (await shown(page)).at(-1);
  expect(last?.mediaTime).toBeCloseTo(LAST_FRAME_SECONDS, 2);
  expect(last?.height).toBe(180);
  const state = await page.evaluate<{ duration: number; audioBytes: number }>(`(() => {
    const video = document.querySelector('video');
    return { duration: video.duration, audioBytes: video.webkitAudioDecodedByteCount };
  })()`);
  expect(Math.abs(state.duration - 10)).toBeLessThan(0.1);
  expect(state.audioBytes).toBeGreaterThan(0);
  expect([...problems, ...(await page.evaluate<string[]>('problems'))]).toEqual([]);
  await page.context().close();
}

const withShaka = (url: string) => `
  shaka.polyfill.installAll();
  window.player = new shaka.Player();
  await player.attach(video);
  player.addEventListener('error', ({ detail }) => problems.push(\`\${detail.code}\`));
  player.configure({ abr: { enabled: false } });
  await player.load('${url}');`;
const chooseInShaka = `
  player.selectVariantTrack(player.getVariantTracks().find((t) => t.height === height), true);`;

const withHlsJs = (url: string) => `
  window.player = new Hls();
  player.on(Hls.Events.ERROR, (_, error) => { if (error.fatal) problems.push(error.details); });
  const parsed = new Promise((resolve) => player.once(Hls.Events.MANIFEST_PARSED, resolve));
  player.attachMedia(video);
  player.loadSource('${url}');
  await parsed;`;
const chooseInHlsJs = `player.currentLevel = player.levels.findIndex((l) => l.height === height);`;

test('the manifests are there, that of DASH once the title is ready', async () => {
  const hls = await fetch(app.origin + playback.hls_url);
  expect(hls.headers.get('content-type')).toBe('application/vnd.apple.mpegurl');
  expect(early?.dash_url).toBeNull();
  expect(playback.dash_url).toMatch(/^\/media\/[^/]+\/[^/]+\/manifest\.mpd$/);
  const dash = await fetch(app.origin + (playback.dash_url ?? ''));
  expect(dash.headers.get('content-type')).toBe('application/dash+xml');
  expect(await dash.text()).toContain('mediaPresentationDuration="PT10.');
});

test('Shaka Player plays the MPD to its last frame and changes between rungs', async () => {
  await watch(await playerPage(SHAKA, withShaka(playback.dash_url ?? ''), chooseInShaka));
});

test('Shaka Player lists the text tracks of the MPD, and shows them when they are chosen', async () => {
  const load = withShaka(subtitled.dash_url ?? '');
  const { page, problems } = await playerPage(SHAKA, load, chooseInShaka);
  const tracks = await page.evaluate(
    `player.getTextTracks().map(({ language, label, forced }) => ({ language, label, forced }))`,
  );
  expect(tracks).toEqual([
    { language: 'en', label: 'English', forced: false },
    { language: 'de', label: 'Untertitel', forced: true },
  ]);
  const english = `player.getTextTracks().find(({ language }) => language === 'en')`;
  await page.evaluate(`player.selectTextTrack(${english})`);
  const cueTimes = async () => {
    const texts = await page.evaluate<string[]>(`[...document.querySelector('video').textTracks]
      .filter(({ mode }) => mode === 'showing')
      .flatMap(({ cues }) => [...(cues ?? [])].map((cue) => cue.startTime + '-' + cue.endTime))`);
    return texts.length > 0 && texts;
  };
  expect(await until(cueTimes, { what: 'the English text' })).toEqual(['0.5-1.25', '2-3']);
  expect([...problems, ...(await page.evaluate<string[]>('problems'))]).toEqual([]);
  await page.context().close();
});

test('Shaka Player plays the playlists to their last frame and changes between rungs', async () => {
  await watch(await playerPage(SHAKA, withShaka(playback.hls_url), chooseInShaka));
});

test('hls.js plays the playlists to their last frame and changes between rungs', async () => {
  await watch(await playerPage(HLS_JS, withHlsJs(playback.hls_url), chooseInHlsJs));
});

test('Shaka Player runs fast forward from I-frame to I-frame', async () => {
  const { page, problems } = await playerPage(SHAKA, withShaka(playback.hls_url), chooseInShaka);
  const ranges: string[] = [];
  page.on('request', (request) => {
    const { range } = request.headers();
    if (range !== undefined) ranges.push(request.url().split('/').slice(-2).join('/'));
  });
  // Before anything has been fetched, so that all of it comes from the I-frames.
  await page.evaluate(`choose(180), player.trickPlay(4), document.querySelector('video').play()`);
  await until(() => page.evaluate<boolean>(`document.querySelector('video').currentTime > 8`), {
    what: 'the last I-frame',
  });
  expect(ranges).toEqual(expect.arrayContaining(['v180p/segment_00002.m4s']));
  const late = (await shown(page)).map(({ mediaTime }) => mediaTime).filter((time) => time > 4);
  expect(late.length).toBeGreaterThan(0);
  expect(late.filter((time) => time % 2 !== 0)).toEqual([]);
  expect([...problems, ...(await page.evaluate<string[]>('problems'))]).toEqual([]);
  await page.context().close();
});
