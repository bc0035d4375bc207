import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page, Request } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.js';
import { Bottleneck } from '../support/bottleneck.js';
import { launchBrowser, openPage } from '../support/browser.js';
import { PASSWORD, signUp, type Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { CookieClient } from '../support/cookie-client.js';
import { query } from '../support/database.js';
import { TusClient } from '../support/tus.js';
import { until } from '../support/until.js';
import { dropFiles, row } from '../support/upload-page.js';

const EMAIL = 'anna@example.com';

/** Far less than a film, and what sockets take before anybody reads, leaves of one. */
const NARROW_BYTES = 300_000;
const FILM_BYTES = 20_000_000;

interface OpenUpload {
  id: string;
  url: string;
  filename: string;
  size: number;
  offset: number;
}

let app: TestApp;
let anna: Client;
let browser: Browser;
const browsers: Browser[] = [];
let line: Bottleneck;
let folder: string;
const problems: string[] = [];

beforeAll(async () => {
  app = await startApp();
  line = await Bottleneck.before(app.origin);
  browser = await launch();
  anna = await signUp(app, EMAIL);
  folder = await mkdtemp(path.join(tmpdir(), 'videoflix-uploads-'));
});

afterAll(async () => {
  for (const each of browsers) await each.close();
  await line.stop();
  await app.close();
});

async function launch(more: readonly string[] = []): Promise<Browser> {
  const launched = await launchBrowser(more);
  browsers.push(launched);
  return launched;
}

/** Signed in, in a browser of its own, on a line that lets no film through until it is opened. */
async function uploadPage(
  noted = problems,
  { by = browser, origin = line.origin } = {},
): Promise<Page> {
  line.narrow(NARROW_BYTES);
  const page = await openPage(by, origin, noted);
  await page.goto('/login?next=/upload');
  await page.getByLabel('Email or username').fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'Upload videos' }).waitFor();
  return page;
}

/** A film like no other; what is added is passed over by players. */
async function film(name: string, filling = name): Promise<string> {
  const start = await readFile(await clip('long'));
  const filler = Buffer.alloc(FILM_BYTES, filling);
  filler.writeUInt32BE(filler.length, 0);
  filler.write('free', 4, 'latin1');
  const file = path.join(await mkdtemp(path.join(folder, 'film-')), name);
  await writeFile(file, Buffer.concat([start, filler]));
  return file;
}

async function openUploads(): Promise<OpenUpload[]> {
  return (await anna.get('uploads')).body.uploads as OpenUpload[];
}

async function openUpload(filename: string): Promise<OpenUpload | undefined> {
  return (await openUploads()).find((upload) => upload.filename === filename);
}

/** Once the server has more of a file than that. */
function stored(filename: string, moreThan = 0): Promise<OpenUpload> {
  return until(
    async () => {
      const upload = await openUpload(filename);
      return upload && upload.offset > moreThan && upload;
    },
    { what: `more than ${moreThan} bytes of ${filename}` },
  );
}

const isState = (page: Page, name: string, state: string) =>
  row(page, name)
    .and(page.locator(`[data-state="${state}"]`))
    .waitFor();

/** Browsers note every request that a cut line has ended. */
const isNoCut = (problem: string) => !problem.includes('net::ERR_');

async function watches(page: Page): Promise<void> {
  await page.getByTestId('player').waitFor();
  const seconds = () =>
    page.getByTestId('player').evaluate((element) => {
      const { currentTime } = element as unknown as { currentTime: number };
      return currentTime;
    });
  await until(async () => (await seconds()) > 0.3, { what: 'a film that plays' });
}

test('two files are dropped, wait for their titles, pause, go on, and can be watched', async () => {
  const page = await uploadPage();
  await dropFiles(page, [await film('sea.mp4'), await film('wood.mp4')]);
  await page.getByRole('group', { name: 'sea.mp4' }).getByLabel('Title').fill('The sea');
  await page.getByRole('button', { name: 'Upload 2 files' }).click();
  const seen = new Map<string, number>();
  const look = async () => {
    for (const { id, offset } of await openUploads()) {
      expect(offset).toBeGreaterThanOrEqual(seen.get(id) ?? 0);
      seen.set(id, offset);
    }
  };

  for (const [name, file] of [
    ['The sea', 'sea.mp4'],
    ['wood', 'wood.mp4'],
  ] as const) {
    await stored(file);
    await look();
    await page.getByRole('button', { name: `Pause: ${name}` }).click();
    await row(page, name).getByText('Paused').waitFor();
  }
  const paused = await openUploads();
  expect(paused).toHaveLength(2);
  await page.getByRole('button', { name: 'Resume: The sea' }).click();
  await page.getByRole('button', { name: 'Resume: wood' }).click();
  for (const { filename, offset } of paused) {
    await stored(filename, offset);
    await look();
  }
  // They go on while another page is looked at.
  await page.getByRole('link', { name: 'Browse' }).click();
  await page.waitForURL('**/browse');
  await page.getByRole('link', { name: 'Upload', exact: true }).first().click();
  await row(page, 'wood').waitFor();
  expect([...seen.keys()]).toHaveLength(2);
  line.open();
  await until(
    async () => {
      await look();
      return (await openUploads()).length === 0;
    },
    { what: 'the end of both' },
  );
  await row(page, 'wood').getByRole('link', { name: 'Watch now' }).waitFor();
  await row(page, 'The sea').getByRole('link', { name: 'Watch now' }).click();
  await page.getByRole('heading', { name: 'The sea' }).waitFor();
  await watches(page);
  await page.context().close();
});

test('an upload outlives its tab, also in another browser, and never begins again', async () => {
  const file = await film('mountain.mp4');
  const first = await uploadPage();
  await first.getByLabel('Video files').setInputFiles(file);
  await first.getByLabel('Title').fill('The mountain');
  await first.getByLabel('Visibility').selectOption('PRIVATE');
  await first.getByRole('button', { name: 'Upload', exact: true }).click();
  const begun = await stored('mountain.mp4');
  const question = first.waitForEvent('dialog');
  const closed = first.waitForEvent('close');
  await first.close({ runBeforeUnload: true });
  expect((await question).type()).toBe('beforeunload');
  await (await question).accept();
  await closed;

  const elsewhere = await uploadPage();
  const unfinished = row(elsewhere, 'mountain.mp4');
  await unfinished.getByText('Choose the file again to go on.').waitFor();
  const again = unfinished.getByLabel('Choose mountain.mp4 again to go on');
  await again.setInputFiles(await film('valley.mp4'));
  await unfinished.getByText('This is another file').waitFor();
  const sentElsewhere = sentBy(elsewhere);
  await again.setInputFiles(file);
  await row(elsewhere, 'The mountain').waitFor();
  const goesOnAt = await until(() => sentElsewhere.offsets[0]);
  const { id, offset } = await stored('mountain.mp4', goesOnAt);
  expect(id).toBe(begun.id);
  await elsewhere.context().close();

  const back = await first.context().newPage();
  const sentBack = sentBy(back);
  await back.goto('/upload');
  line.open();
  await row(back, 'mountain.mp4').waitFor();
  await back.getByLabel('Video files').setInputFiles(file);
  const watch = row(back, 'The mountain').getByRole('link', { name: 'Watch now' });
  await watch.waitFor();
  const video = (await watch.getAttribute('href'))?.replace('/watch/', 'videos/') ?? '';
  expect((await anna.get(video)).body).toMatchObject({
    title: 'The mountain',
    visibility: 'PRIVATE',
  });
  await watch.click();
  await watches(back);
  for (const sent of [sentElsewhere, sentBack]) {
    expect(sent.created).toBe(0);
    expect(sent.offsets[0]).toBeGreaterThanOrEqual(begun.offset);
  }
  expect(sentBack.offsets[0]).toBeGreaterThanOrEqual(offset);
  await back.context().close();
});

test('another file of the same name and size does not go on in another browser, and goes up by itself', async () => {
  const [file, other] = [await film('glacier.mp4', 'one'), await film('glacier.mp4', 'two')];
  const first = await uploadPage();
  await first.getByLabel('Video files').setInputFiles(file);
  await first.getByRole('button', { name: 'Upload', exact: true }).click();
  const begun = await stored('glacier.mp4');
  await first.context().close();

  const elsewhere = await uploadPage();
  const sent = sentBy(elsewhere);
  const unfinished = row(elsewhere, 'glacier.mp4');
  await unfinished.getByLabel('Choose glacier.mp4 again to go on').setInputFiles(other);
  await unfinished.getByText('This is another file').waitFor();
  await elsewhere.getByLabel('Video files').setInputFiles(other);
  await elsewhere.getByLabel('Title').fill('Another glacier');
  await elsewhere.getByRole('button', { name: 'Upload', exact: true }).click();
  line.open();
  const watch = row(elsewhere, 'Another glacier').getByRole('link', { name: 'Watch now' });
  await watch.waitFor();
  expect(sent).toMatchObject({ created: 1 });
  const id = (await watch.getAttribute('href'))?.replace('/watch/', '') ?? '';
  expect(await sourceOf(id)).toBe(sha256(await readFile(other)));
  expect((await openUpload('glacier.mp4'))?.id).toBe(begun.id);

  await elsewhere.getByLabel('Video files').setInputFiles(file);
  const went = row(elsewhere, 'glacier').getByRole('link', { name: 'Watch now' });
  await went.waitFor();
  expect(sent).toMatchObject({ created: 1 });
  const whole = (await went.getAttribute('href'))?.replace('/watch/', '') ?? '';
  expect(await sourceOf(whole)).toBe(sha256(await readFile(file)));
  await elsewhere.context().close();
});

test('on a page that came over plain HTTP, the moment of the last change tells files apart', async () => {
  const host = 'videoflix.test';
  const by = await launch([`--host-resolver-rules=MAP ${host} 127.0.0.1`]);
  const elsewhere = { by, origin: line.origin.replace('127.0.0.1', host) };
  const [file, other] = [await film('fumarole.mp4', 'hot'), await film('fumarole.mp4', 'cold')];
  await utimes(other, new Date(), new Date(Date.now() - 60_000));
  const noted: string[] = [];
  const first = await uploadPage(noted, elsewhere);
  expect(await first.evaluate('isSecureContext')).toBe(false);
  await first.getByLabel('Video files').setInputFiles(file);
  await first.getByRole('button', { name: 'Upload', exact: true }).click();
  await stored('fumarole.mp4');
  await first.context().close();

  const second = await uploadPage(noted, elsewhere);
  const sent = sentBy(second);
  const again = row(second, 'fumarole.mp4').getByLabel('Choose fumarole.mp4 again to go on');
  await again.setInputFiles(other);
  await row(second, 'fumarole.mp4').getByText('This is another file').waitFor();
  await again.setInputFiles(file);
  await isState(second, 'fumarole', 'sending');
  line.open();
  await isState(second, 'fumarole', 'sent');
  expect(sent.created).toBe(0);
  // Browsers say that they leave this header aside there.
  expect(noted.filter((text) => !text.includes('Cross-Origin-Opener-Policy'))).toEqual([]);
});

test('an upload of another program cannot be gone on with here', async () => {
  const tus = new TusClient(anna);
  const url = await tus.create(1000, { filename: 'volcano.mp4' });
  const page = await uploadPage();
  const unfinished = row(page, 'volcano.mp4');
  await unfinished.getByText('It was begun with another program.').waitFor();
  expect(await unfinished.getByLabel('Choose volcano.mp4 again to go on').count()).toBe(0);
  await tus.send('DELETE', url);
  await page.context().close();
});

/** SHA-256 of what the storage has of a video's source. */
async function sourceOf(id: string): Promise<string> {
  const [row] = await query<{ source_key: string }>(
    app.databaseUrl,
    'SELECT source_key FROM videos WHERE id = $1',
    [id],
  );
  return sha256(await readFile(path.join(app.dataDir, 'media', row?.source_key ?? '')));
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** What a page sends of files: how many uploads it begins, and at which offsets it goes on. */
function sentBy(page: Page): { created: number; offsets: number[] } {
  const sent = { created: 0, offsets: [] as number[] };
  page.on('request', (request: Request) => {
    if (!request.url().includes('/api/v1/uploads')) return;
    if (request.method() === 'POST') sent.created += 1;
    const { 'upload-offset': offset } = request.headers();
    if (request.method() === 'PATCH') sent.offsets.push(Number(offset));
  });
  return sent;
}

test('what is not wanted any more is discarded', async () => {
  const page = await uploadPage();
  page.on('dialog', (dialog) => void dialog.accept());
  await dropFiles(page, [await film('desert.mp4'), await film('steppe.mp4')]);
  await page.getByRole('button', { name: 'Upload 2 files' }).click();
  await Promise.all([stored('desert.mp4'), stored('steppe.mp4')]);
  await page.getByRole('button', { name: 'Cancel desert' }).click();
  await row(page, 'desert').waitFor({ state: 'detached' });
  await until(async () => !(await openUpload('desert.mp4')), { what: 'one upload less' });
  await page.reload();
  await page.getByRole('button', { name: 'Discard steppe.mp4' }).click();
  await row(page, 'steppe.mp4').waitFor({ state: 'detached' });
  expect(await openUploads()).toEqual([]);
  await page.context().close();
});

test('a lost connection comes back, and the upload goes on by itself in a renewed session', async () => {
  const noted: string[] = [];
  const page = await uploadPage(noted);
  const sent = sentBy(page);
  await page.getByLabel('Video files').setInputFiles(await film('river.mp4'));
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  const { offset } = await stored('river.mp4');
  await page.context().setOffline(true);
  await row(page, 'river').getByText('The connection is lost.').waitFor();
  // As when its time is over.
  await page.context().clearCookies({ name: 'access_token' });
  line.open();
  await page.context().setOffline(false);
  await isState(page, 'river', 'sent');
  expect(sent.created).toBe(1);
  expect(sent.offsets.at(-1)).toBeGreaterThanOrEqual(offset);
  expect(noted.filter(isNoCut)).toEqual([]);
  await page.context().close();
});

test('nothing goes up into the account of somebody else who has signed in meanwhile', async () => {
  const ben = await signUp(app, 'ben@example.com');
  const cookies = new CookieClient(line.origin);
  await cookies.post('auth/login', { email: 'ben@example.com', password: PASSWORD });
  const page = await uploadPage([]);
  await page.getByLabel('Video files').setInputFiles(await film('canyon.mp4'));
  await page.getByLabel('Visibility').selectOption('PRIVATE');
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  const begun = await stored('canyon.mp4');
  await page.context().setOffline(true);
  await row(page, 'canyon').getByText('The connection is lost.').waitFor();
  await page.context().clearCookies();
  const url = line.origin;
  await page
    .context()
    .addCookies([...cookies.cookies].map(([name, value]) => ({ name, value, url })));
  line.open();
  await page.context().setOffline(false);
  await row(page, 'canyon').getByText('Your session has ended.').waitFor();
  expect((await ben.get('uploads')).body).toEqual({ uploads: [] });
  expect((await ben.get('videos/s3-videos')).body).toMatchObject({ total_count: 0 });
  expect((await openUpload('canyon.mp4'))?.id).toBe(begun.id);
  await anna.send('DELETE', begun.url, undefined, { 'tus-resumable': '1.0.0' });
  await page.context().close();
});

test('a file that is there already is shown, and goes up again where that is wanted', async () => {
  const page = await uploadPage();
  line.open();
  const file = await film('lake.mp4');
  const id = await anna.uploadVideo(file, { title: 'The lake' });
  await page.getByLabel('Video files').setInputFiles(file);
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  const link = row(page, 'lake').getByRole('link', { name: 'Watch that video' });
  expect(await link.getAttribute('href')).toBe(`/watch/${id}`);
  await page.getByRole('button', { name: 'Upload lake anyway' }).click();
  await row(page, 'lake').getByRole('link', { name: 'Watch now' }).waitFor();
  await page.getByRole('button', { name: 'Remove lake from the list' }).click();
  await row(page, 'lake').waitFor({ state: 'detached' });
  await page.context().close();
});

test('what is no video fails in plain words', async () => {
  const page = await uploadPage();
  const picture = { name: 'still.png', mimeType: 'image/png', buffer: Buffer.from('a picture') };
  await page.getByLabel('Video files').setInputFiles(picture);
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await row(page, 'still').getByText('This is no type of a video.').waitFor();

  await page.getByLabel('Video files').setInputFiles(await clip('text'));
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  const failed = row(page, 'text').getByRole('alert');
  await failed.getByText('This video could not be processed').waitFor();
  await failed.getByText('The file is not a video.').waitFor();
  expect(await page.getByRole('button', { name: 'Try again: text' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Remove text from the list' }).click();
  await row(page, 'text').waitFor({ state: 'detached' });
  await page.context().close();
});

test('a processing that was cancelled is told at once, and can be tried again', async () => {
  const page = await uploadPage();
  line.open();
  await page.getByLabel('Video files').setInputFiles(await marathon());
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  const { id } = await until(async () => {
    const { body } = await anna.get('videos/s3-videos?search=marathon');
    return (body.videos as { id: string }[])[0];
  });
  await row(page, 'marathon').getByText('Encoding').waitFor();
  await anna.post(`videos/${id}/cancel`);
  await row(page, 'marathon').getByText('Processing was cancelled').waitFor();
  await page.getByRole('button', { name: 'Try again: marathon' }).click();
  await row(page, 'marathon').getByText('Encoding').waitFor();
  await row(page, 'marathon').getByRole('link', { name: 'Watch now' }).waitFor();
  await anna.post(`videos/${id}/cancel`);
  await page.context().close();
});

/** So long that something can be done about it before it is encoded. */
async function marathon(): Promise<string> {
  const file = path.join(folder, 'marathon.mp4');
  const args = ['-v', 'error', '-stream_loop', '60', '-i', await clip('plain'), '-c', 'copy', file];
  execFileSync('ffmpeg', args);
  return file;
}

test('the keyboard is enough', async () => {
  const page = await uploadPage();
  const focused = () => page.locator(':focus');
  /** Goes on to whatever has that name. */
  const tabTo = async (name: string) => {
    const isThere = async () => {
      await page.keyboard.press('Tab');
      const label = await focused().getAttribute('aria-label');
      return (label ?? (await focused().textContent())) === name;
    };
    await until(isThere, { what: `the focus on ${name}` });
  };

  // Asked for a whole page early: until the browser knows of it, a dialog opens that nobody sees.
  const chooser = page.waitForEvent('filechooser');
  await page.reload();
  await page.getByRole('heading', { name: 'Upload videos' }).waitFor();
  await tabTo('Video files');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles([await film('island.mp4'), await film('coast.mp4')]);
  await page.getByRole('button', { name: 'Upload 2 files' }).waitFor();
  await tabTo('Leave out coast.mp4');
  await page.keyboard.press('Enter');
  await tabTo('Upload');
  await page.keyboard.press('Enter');
  await stored('island.mp4');
  await tabTo('Pause: island');
  await page.keyboard.press('Enter');
  await row(page, 'island').getByText('Paused').waitFor();
  expect(await focused().getAttribute('aria-label')).toBe('Resume: island');
  await page.keyboard.press('Enter');
  await isState(page, 'island', 'sending');
  page.on('dialog', (dialog) => void dialog.accept());
  await tabTo('Cancel island');
  await page.keyboard.press('Enter');
  await row(page, 'island').waitFor({ state: 'detached' });
  expect(await page.evaluate('document.body === document.activeElement')).toBe(false);
  await page.context().close();
});

test('nothing went wrong on any page', () => {
  expect(problems).toEqual([]);
});
