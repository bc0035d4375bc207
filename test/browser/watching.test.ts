import type { Browser, Page } from 'playwright-core';
import type { PlaybackQualityDto } from '../../src/library/quality/quality.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser, openPage, signIn } from '../support/browser.js';
import { signUp, type Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { statsOf } from '../support/films.js';
import { until } from '../support/until.js';

const EMAIL = 'anna@example.com';

let app: TestApp;
let browser: Browser;
let anna: Client;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  app = await startApp({ ENCODE_LADDER: '90,180' });
  browser = await launchBrowser();
  anna = await signUp(app, EMAIL);
  page = await openPage(browser, app.origin, problems);
  await signIn(page, EMAIL);
});

afterAll(async () => {
  await browser.close();
  await app.close();
});

async function makeTitle(): Promise<string> {
  const id = await anna.uploadVideo(await clip('long'));
  expect(await anna.settled(id)).toMatchObject({ status: 'ready' });
  return id;
}

async function told(
  id: string,
  enough: (total: PlaybackQualityDto['total']) => boolean,
): Promise<PlaybackQualityDto['total']> {
  return until(
    async () => {
      const { total } = (await anna.get(`videos/${id}/quality`)).body as PlaybackQualityDto;
      return enough(total) && total;
    },
    { what: 'what the player tells' },
  );
}

const passed = (seconds: number) =>
  until(
    () =>
      page.evaluate<boolean>(`(document.querySelector('video')?.currentTime ?? 0) > ${seconds}`),
    { what: `${seconds} seconds of the film` },
  );

test('who watches is counted, may go on where they were, and has said how it went', async () => {
  const id = await makeTitle();
  await page.goto(`/watch/${id}`);
  await passed(0.2);
  const menu = page.getByTestId('quality');
  await menu.selectOption('90p');
  await passed(1);
  await menu.selectOption('180p');
  await passed(6);
  await page.evaluate(`document.querySelector('video').pause()`);
  const paused = await page.evaluate<number>(`document.querySelector('video').currentTime`);
  await until(async () => (await statsOf(app, id)).views === 1, { what: 'the view' });
  const watched = await until(async () => {
    const { entries } = (await anna.get('me/continue-watching')).body as {
      entries: { video: { id: string }; progress: { position_seconds: number } }[];
    };
    return entries.find(({ progress }) => Math.abs(progress.position_seconds - paused) < 0.05);
  });
  expect(watched.video.id).toBe(id);

  await page.goto('/browse');
  const total = await told(id, ({ watched_seconds: seconds }) => seconds > 3);
  expect(total).toMatchObject({ sessions: 1, errors: {} });
  expect(total.startup_p50_ms).toBeGreaterThan(0);
  expect(total.switch_count).toBeGreaterThan(0);
  expect(problems).toEqual([]);

  await page.goto(`/watch/${id}`);
  await passed(paused - 0.5);
});

test('a film that does not load is told as such', async () => {
  const id = await makeTitle();
  await page.route('**/master.m3u8', (route) => route.fulfill({ status: 403 }));
  await page.goto(`/watch/${id}`);
  await page.getByText('The film stopped loading.').waitFor();
  await page.goto('/browse');
  const total = await told(id, ({ sessions }) => sessions > 0);
  expect(total).toMatchObject({ sessions: 1, startup_p50_ms: null, watched_seconds: 0 });
  expect(total.errors.link_refused).toBeGreaterThan(0);
});
