import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { launchBrowser, openPage, signIn } from '../support/browser.js';
import { signUp } from '../support/client.js';
import { until } from '../support/until.js';

const EMAIL = 'anna@example.com';

let app: TestApp;
let browser: Browser;
let videoId: string;
const problems: string[] = [];

beforeAll(async () => {
  app = await startApp();
  browser = await launchBrowser();
  const anna = await signUp(app, EMAIL);
  const { id } = (await anna.upload(await redThenBlue(), { title: 'Red, then blue' }))
    .body as UploadedDto;
  expect(await anna.settled(id)).toMatchObject({ status: 'ready' });
  videoId = id;
});

afterAll(async () => {
  await browser.close();
  await app.close();
});

/** Ten seconds of red and ten of blue. */
async function redThenBlue(): Promise<string> {
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'videoflix-colours-')), 'colours.mp4');
  const colour = (name: string) => `color=${name}:size=640x360:rate=25:duration=10`;
  const graph = `${colour('red')}[a];${colour('blue')}[b];[a][b]concat`;
  const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', graph, ...h264, file]);
  return file;
}

async function signedIn(options: BrowserContextOptions = {}): Promise<Page> {
  const page = await openPage(browser, app.origin, problems, options);
  await signIn(page, EMAIL);
  await page.getByTestId('video-card').first().waitFor();
  return page;
}

/** The colour in the middle of what an element shows. */
async function colourOf(page: Page, selector: string): Promise<string> {
  const bytes = await page.locator(selector).screenshot();
  const filter = ['-vf', 'crop=8:8,scale=1:1', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'];
  const args = ['-v', 'error', '-f', 'png_pipe', '-i', '-', ...filter];
  const [red = 0, , blue = 0] = execFileSync('ffmpeg', args, { input: bytes });
  if (red > 150 && blue < 100) return 'red';
  return blue > 150 && red < 100 ? 'blue' : `red ${red}, blue ${blue}`;
}

test('the seek bar shows what happens where the mouse points', async () => {
  const page = await signedIn();
  await page.goto(`/watch/${videoId}`);
  await page.getByTestId('player').waitFor();
  for (const [part, colour, time] of [
    [0.25, 'red', '0:05'],
    [0.75, 'blue', '0:15'],
  ] as const) {
    await page.getByTestId('player').hover();
    const box = await page.locator('.seek').boundingBox();
    if (!box) throw new Error('the seek bar is not there');
    await page.mouse.move(box.x + box.width * part, box.y + box.height / 2);
    await page.locator('.seek__preview').getByText(time).waitFor();
    await page.locator('.seek__still').waitFor();
    await until(async () => (await colourOf(page, '.seek__still')) === colour, { what: colour });
  }
  // At the ends it stays on the screen.
  const bar = await page.locator('.seek').boundingBox();
  for (const part of [0.001, 0.999]) {
    if (!bar) throw new Error('the seek bar is not there');
    await page.mouse.move(bar.x + bar.width * part, bar.y + bar.height / 2);
    const preview = await page.locator('.seek__preview').boundingBox();
    expect(preview?.x).toBeGreaterThanOrEqual(0);
    expect((preview?.x ?? 0) + (preview?.width ?? 0)).toBeLessThanOrEqual(1366);
  }
  await page.context().close();
});

test('a poster moves, without a sound, while a mouse rests on it', async () => {
  const page = await signedIn();
  const card = page.getByTestId('video-card').first();
  expect(await page.getByTestId('hover-preview').count()).toBe(0);
  await card.hover();
  const preview = page.getByTestId('hover-preview');
  await preview.waitFor();
  const state = () =>
    preview.evaluate((element) => {
      const { muted, paused, currentTime, duration } = element as unknown as Record<string, number>;
      return { muted, paused, currentTime: currentTime ?? 0, duration: duration ?? 0 };
    });
  await until(async () => (await state()).currentTime > 0.3, { what: 'a moving preview' });
  expect(await state()).toMatchObject({ muted: true, paused: false });
  expect((await state()).duration).toBeCloseTo(3, 1);
  await page.mouse.move(5, 5);
  await preview.waitFor({ state: 'detached' });
  await page.context().close();
});

test.each([
  ['less motion was asked for', { reducedMotion: 'reduce' }],
  ['there is no mouse', { hasTouch: true, isMobile: true }],
] as const)('a poster stays still where %s', async (_, options) => {
  const page = await signedIn(options);
  await page.getByTestId('video-card').first().hover();
  await page.waitForTimeout(1000);
  expect(await page.getByTestId('hover-preview').count()).toBe(0);
  await page.context().close();
});

test('nothing went wrong on any page', () => {
  expect(problems).toEqual([]);
});
