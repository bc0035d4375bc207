import type { Browser, Page } from 'playwright-core';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { launchBrowser, openPage } from '../support/browser.js';
import { PASSWORD } from '../support/client.js';
import { clip } from '../support/clips.js';
import { until } from '../support/until.js';

let app: TestApp;
let browser: Browser;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  app = await startApp();
  browser = await launchBrowser();
  page = await openPage(browser, app.origin, problems);
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} for ${response.url()}`);
  });
});

afterAll(async () => {
  await browser.close();
  await app.close();
});

interface Decoded {
  seconds: number;
  audioBytes: number;
  videoBytes: number;
}

/** What the media element has decoded so far. */
function decoded(): Promise<Decoded> {
  return page.evaluate(`(() => {
    const video = document.querySelector('[data-testid="player"]');
    return {
      seconds: video.currentTime,
      audioBytes: video.webkitAudioDecodedByteCount,
      videoBytes: video.webkitVideoDecodedByteCount,
    };
  })()`);
}

test('a newcomer registers, activates, signs in, uploads and watches', async () => {
  const email = 'newcomer@example.org';
  await page.goto(app.origin);
  await page.getByRole('link', { name: 'Create an account' }).first().click();
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Repeat password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor();

  const mail = await until(async () => (await mailsTo(app.dataDir, email)).at(-1));
  const link = new URL(/http\S+/.exec(mail.text ?? '')?.[0] ?? '');
  await page.goto(app.origin + link.pathname + link.search);
  await page.getByRole('heading', { name: 'Account activated' }).waitFor();

  await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('Email or username').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.waitForURL('**/browse');

  await page.getByRole('link', { name: 'Upload' }).first().click();
  await page.getByLabel('Video file').setInputFiles(await clip('plain'));
  await page.getByLabel('Title').fill('My first film');
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.getByRole('link', { name: 'Watch now' }).click();

  await page.getByRole('heading', { name: 'My first film' }).waitFor();
  await page.getByTestId('player').waitFor();
  const first = await until(async () => {
    const now = await decoded();
    return now.seconds > 0.3 && now;
  });
  const later = await until(async () => {
    const now = await decoded();
    return now.seconds > first.seconds && now;
  });
  expect(later.audioBytes).toBeGreaterThan(0);
  expect(later.videoBytes).toBeGreaterThan(0);

  const qualities = await page.getByTestId('quality').locator('option').allTextContents();
  expect(qualities).toEqual(expect.arrayContaining(['240p', '480p']));
  expect(problems).toEqual([]);
});

test('a guest tries the demo, finds the film, and may not upload', async () => {
  const viewport = { width: 390, height: 844 };
  const guest = await openPage(browser, app.origin, problems, { viewport });
  await guest.goto(app.origin);
  await guest.getByRole('button', { name: 'Try the demo' }).first().click();
  await guest.waitForURL('**/browse');
  await guest.getByText('My first film').first().waitFor();
  await guest.goto(`${app.origin}/upload`);
  await guest.getByRole('heading', { name: 'Uploading needs an account' }).waitFor();
  await guest.context().close();
});

test.each([390, 1366, 1920])('no page is wider than a screen of %i pixels', async (width) => {
  const viewport = { width, height: 800 };
  const visitor = await openPage(browser, app.origin, problems, { viewport });
  for (const path of ['/', '/register', '/login', '/nowhere']) {
    await visitor.goto(app.origin + path);
    await visitor.getByRole('main').waitFor();
    const overflow = await visitor.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect([path, overflow]).toEqual([path, 0]);
  }
  await visitor.context().close();
});
