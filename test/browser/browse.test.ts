import type { Browser, Page } from 'playwright-core';
import { DataSource } from 'typeorm';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser, openPage, signIn } from '../support/browser.js';
import { addVideo } from '../support/catalogue.js';
import { signUp } from '../support/client.js';
import { makePerson } from '../support/people.js';
import { until } from '../support/until.js';

const EMAIL = 'anna@example.com';
const TITLES = 120;

let app: TestApp;
let browser: Browser;
let page: Page;
let owner: string;
const problems: string[] = [];

beforeAll(async () => {
  app = await startApp({ READS_PER_MINUTE: '100' });
  browser = await launchBrowser();
  await signUp(app, EMAIL);
  owner = (await makePerson(app)).id;
  for (let number = 1; number <= TITLES; number += 1) {
    await addVideo(app, owner, { title: `Tide ${number}` });
  }
  page = await openPage(browser, app.origin, problems);
  await signIn(page, EMAIL);
});

afterAll(async () => {
  await browser.close();
  await app.close();
});

const cards = () => page.getByTestId('video-card');
const more = () => page.getByRole('button', { name: 'Show more titles' });

async function showsTitles(count: number): Promise<void> {
  await until(async () => (await cards().count()) === count, { what: `${count} titles` });
}

test('titles come page after page, each asked for once', async () => {
  await showsTitles(50);
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/api/v1/videos?')) asked.push(request.url());
  });
  await more().click();
  await showsTitles(100);
  // What is new meanwhile moves every title on by one.
  await addVideo(app, owner, { title: 'Tide at dawn' });
  await more().click();
  await showsTitles(TITLES);
  expect(await more().count()).toBe(0);
  expect(asked).toHaveLength(2);
  const titles = await page.locator('.poster__title').allTextContents();
  expect(new Set(titles).size).toBe(TITLES);
});

test('a search begins anew, and says how many there are', async () => {
  await page.getByRole('searchbox').fill('dawn');
  await page.getByRole('heading', { name: '1 title for “dawn”' }).waitFor();
  await showsTitles(1);
  await page.getByRole('searchbox').fill('tide');
  await page.getByRole('heading', { name: `${TITLES + 1} titles for “tide”` }).waitFor();
  await showsTitles(50);
  await more().click();
  await showsTitles(100);
  expect(problems).toEqual([]);
});

test('no title is lost where newer ones have moved the others on', async () => {
  const film = await addVideo(app, owner, { title: 'Tide to come' }, { status: 'processing' });
  await page.goto('/browse');
  await showsTitles(50);
  await more().click();
  await showsTitles(100);
  await addVideo(app, owner, { title: 'Tide at noon' });
  await app.app
    .get(DataSource)
    .query(`UPDATE videos SET status = 'ready', playable = true WHERE id = $1`, [film]);
  await page.getByText('Tide at noon').first().waitFor();
  await showsTitles(101);
});
