import type { Browser } from 'playwright-core';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser, openPage, signIn } from '../support/browser.js';
import { signUp } from '../support/client.js';
import { clip } from '../support/clips.js';
import { until } from '../support/until.js';

const EMAIL = 'anna@example.com';

let app: TestApp;
let browser: Browser;
let videoId: string;

beforeAll(async () => {
  app = await startApp({ ENCODE_LADDER: '90,180' });
  browser = await launchBrowser();
  const anna = await signUp(app, EMAIL);
  const { id } = (await anna.upload(await clip('twoSubtitles'))).body as UploadedDto;
  expect(await anna.settled(id)).toMatchObject({ status: 'ready' });
  const form = new FormData();
  form.append('language', 'fr');
  form.append('file', new Blob(['1\n00:00:00,000 --> 00:00:04,000\nBonjour\n']));
  expect((await anna.post(`videos/${id}/subtitles`, form)).status).toBe(201);
  videoId = id;
});

afterAll(async () => {
  await browser.close();
  await app.close();
});

/** Texts of the cues that are on the screen, by the label of their track. Runs in the page. */
const SHOWN = `(() => {
  const video = document.querySelector('video');
  video.pause();
  video.currentTime = 2.2;
  return [...video.textTracks]
    .filter(({ mode }) => mode === 'showing')
    .flatMap(({ label, activeCues }) => [...(activeCues ?? [])].map(({ text }) => label + ': ' + text));
})()`;

test('a viewer chooses among the subtitles of a film and those that were uploaded', async () => {
  const problems: string[] = [];
  const page = await openPage(browser, app.origin, problems);
  await signIn(page, EMAIL);
  await page.goto(`/watch/${videoId}`);
  const shown = async () => {
    const texts = await page.evaluate<string[]>(SHOWN);
    return texts.length > 0 && texts;
  };
  const menu = page.getByTestId('captions');
  await menu.waitFor();
  expect(await menu.locator('option').allTextContents()).toEqual([
    ...['No subtitles', 'English', 'Untertitel', 'French'],
  ]);
  for (const [label, text] of [
    ['English', 'English: Two'],
    ['Untertitel', 'Untertitel: Oben, <b>fett</b>\nUnten'],
    ['French', 'French: Bonjour'],
  ] as const) {
    await menu.selectOption({ label });
    // Each once, though the playlist lists them too.
    expect(await until(shown, { what: label })).toEqual([text]);
  }
  const button = page.getByRole('button', { name: 'Subtitles' });
  await button.click({ force: true });
  expect(await page.evaluate(SHOWN)).toEqual([]);
  await button.click({ force: true });
  expect(await until(shown, { what: 'the French text' })).toEqual(['French: Bonjour']);
  expect(problems).toEqual([]);
});
