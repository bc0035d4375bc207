import { Secret, TOTP } from 'otpauth';
import type { Browser, Page, Route } from 'playwright-core';
import { UsersService } from '../../src/users/users.service.js';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { addAuthenticator, launchBrowser, openPage } from '../support/browser.js';
import { PASSWORD, signUp } from '../support/client.js';
import { freePort } from '../support/server.js';
import { until } from '../support/until.js';

const NEW_PASSWORD = 'another battery of horses';
const STEP_MS = 30_000;

let app: TestApp;
let browser: Browser;
/** Browsers make passkeys for names, not for addresses. */
let origin: string;
const problems: string[] = [];

beforeAll(async () => {
  const port = await freePort();
  app = await startApp({ PORT: port, STAFF_2FA: 'required' });
  origin = `http://localhost:${port}`;
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser.close();
  await app.close();
});

afterEach(() => {
  expect(problems.splice(0)).toEqual([]);
});

describe('the way in', () => {
  test('a newcomer registers, opens the mailed link and signs in', async () => {
    const email = 'newcomer@example.org';
    const page = await open('/register');
    await fillRegistration(page, email, PASSWORD);
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
    await page.getByText(email).waitFor();

    await page.goto(await linkMailedTo(email));
    await page.getByRole('heading', { name: 'Account activated' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await fillSignIn(page, email, PASSWORD);
    await page.waitForURL('**/browse');
    await page.context().close();
  });

  test('a weak password is told every rule it breaks, at its field', async () => {
    const page = await open('/register');
    await fillRegistration(page, '1234567@example.org', '1234567');
    const field = page.getByLabel('Password', { exact: true });
    await page.getByText('Password is too common.').waitFor();
    expect(await descriptionOf(page)).toEqual([
      'Password must have at least 8 characters.',
      'Password is too common.',
      'Password must not be all digits.',
      'Password is too similar to the e-mail address.',
    ]);
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await page.context().close();
  });

  test('whoever forgot the password chooses a new one with the mailed link', async () => {
    const email = 'forgetful@example.org';
    await signUp(app, email);
    const page = await open('/login');
    await page.getByRole('link', { name: 'Forgot password?' }).click();
    await page.getByLabel('Email', { exact: true }).fill(email);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await page.getByRole('heading', { name: 'Check your mail' }).waitFor();

    await page.goto(await linkMailedTo(email, '/reset-password'));
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel('Repeat new password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('heading', { name: 'Password changed' }).waitFor();

    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await fillSignIn(page, email, PASSWORD);
    await page.getByText('do not match an active account').waitFor();
    await fillSignIn(page, email, NEW_PASSWORD);
    await page.waitForURL('**/browse');
    await page.context().close();
  });

  test('a tab that was signed in is not any more after a reset', async () => {
    const email = 'reset-here@example.org';
    await signUp(app, email);
    const page = await open('/login');
    await fillSignIn(page, email, PASSWORD);
    await page.waitForURL('**/browse');
    await page.goto('/forgot-password');
    await page.getByRole('link', { name: 'Back to your account' }).waitFor();
    await page.getByLabel('Email', { exact: true }).fill(email);
    await page.getByRole('button', { name: 'Send the link' }).click();

    await page.goto(await linkMailedTo(email, '/reset-password'));
    await page.getByRole('button', { name: 'Account menu' }).waitFor();
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel('Repeat new password').fill(NEW_PASSWORD);
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
    await fillSignIn(page, email, NEW_PASSWORD);
    await page.waitForURL('**/browse');
    await page.context().close();
  });

  test('whoever is refused may ask for another activation mail', async () => {
    const email = 'unopened@example.org';
    const page = await open('/register');
    await fillRegistration(page, email, PASSWORD);
    await linkMailedTo(email);
    await page.goto('/login');
    await fillSignIn(page, email, 'not my password');
    await page.getByText('A new account must first be activated').waitFor();
    await page.getByText('Ask for a new activation mail').click();
    await page.getByLabel('Email', { exact: true }).fill(email);
    await page.getByRole('button', { name: 'Send a new link' }).click();
    await page.getByText('a new link is on its way').waitFor();
    await until(async () => (await mailsTo(app.dataDir, email)).length === 2);
    await page.context().close();
  });

  test('a link that was opened without a connection can be tried again', async () => {
    const email = 'underground@example.org';
    const page = await open('/register');
    await fillRegistration(page, email, PASSWORD);
    const link = await linkMailedTo(email);
    await page.route('**/auth/activate', failing, { times: 1 });
    await page.goto(link);
    await page.getByRole('heading', { name: 'That did not work' }).waitFor();
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'Account activated' }).waitFor();
    await page.context().close();
  });

  test('whoever guesses is told how long to wait', async () => {
    const email = 'guessed@example.org';
    await signUp(app, email);
    const page = await open('/login');
    for (let guess = 0; guess < 6; guess++) {
      const answered = page.waitForResponse('**/auth/login');
      await fillSignIn(page, email, 'a guess');
      await answered;
    }
    await page.getByText('Wait 15 minutes, or choose a new password.').waitFor();
    await page.context().close();
  });

  test('a new address is confirmed by its link, which works once', async () => {
    const client = await signUp(app, 'mover@example.org');
    await client.post('users/me/email', { new_email: 'moved@example.org', password: PASSWORD });
    const link = await linkMailedTo('moved@example.org', '/confirm-email');
    const page = await open(link);
    await page.getByRole('heading', { name: 'Email address changed' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'This link does not work' }).waitFor();
    await page.context().close();
  });
});

describe('two-factor sign-in', () => {
  test('is set up on the account page, and asked for from then on', async () => {
    const email = 'careful@example.org';
    await signUp(app, email);
    const page = await open('/login?next=/account');
    await fillSignIn(page, email, PASSWORD);
    const { secret, recoveryCodes } = await setUpTwoFactor(page);
    expect(recoveryCodes).toHaveLength(10);
    await page.getByRole('button', { name: 'I have saved them' }).click();
    await page.getByText('10 recovery codes left.').waitFor();

    await leave(page);
    await page.goto('/login');
    await fillSignIn(page, email, PASSWORD);
    const field = page.getByLabel('Code from your authenticator app');
    await field.fill('abcdef');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('This code is wrong or was used already.').waitFor();
    expect(await descriptionOf(page)).toEqual(['This code is wrong or was used already.']);
    // The code of the set-up is used up.
    await field.fill(codeOf(secret, 1));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL('**/browse');
    await page.context().close();
  });

  test('lets a recovery code in once, and can be switched off', async () => {
    const email = 'lost-phone@example.org';
    await signUp(app, email);
    const page = await open('/login?next=/account');
    await fillSignIn(page, email, PASSWORD);
    const { recoveryCodes } = await setUpTwoFactor(page);
    await page.getByRole('button', { name: 'I have saved them' }).click();
    await leave(page);

    await page.goto('/login?next=/account');
    await fillSignIn(page, email, PASSWORD);
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await page.getByLabel('Recovery code').fill(recoveryCodes[0] ?? '');
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByText('9 recovery codes left.').waitFor();

    await page.getByRole('button', { name: 'Switch off' }).click();
    await confirm(page, 'Switch off', 'not my password');
    await page.getByText('Your password is wrong.').waitFor();
    await confirm(page, 'Switch off', PASSWORD);
    await page.getByText('Two-factor sign-in is off.').waitFor();
    await page.context().close();
  });

  test('is the only thing staff can do while they must set it up', async () => {
    const email = 'staff@example.org';
    await signUp(app, email);
    const users = app.app.get(UsersService);
    const user = await users.findByEmail(email);
    await users.update(user?.id ?? '', { role: 'staff' });

    const page = await open('/login');
    await fillSignIn(page, email, PASSWORD);
    await page.waitForURL('**/account');
    await page.getByText('Your account needs a second factor').waitFor();
    await page.goto('/browse');
    await page.waitForURL('**/account');

    await setUpTwoFactor(page);
    await page.getByRole('link', { name: 'Go to the library' }).click();
    await page.waitForURL('**/browse');
    await page.getByRole('button', { name: 'Account menu' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/browse');
    await page.context().close();
  });
});

test('recovery codes stay on the page when its state cannot be loaded again', async () => {
  const email = 'unlucky@example.org';
  await signUp(app, email);
  const page = await open('/login?next=/account');
  await fillSignIn(page, email, PASSWORD);
  await page.getByText('Two-factor sign-in is off.').waitFor();
  await page.route('**/auth/2fa', failing);
  expect((await setUpTwoFactor(page)).recoveryCodes).toHaveLength(10);
  await page.getByText('Too many tries').waitFor();
  expect(await page.getByTestId('recovery-code').count()).toBe(10);
  await page.unroute('**/auth/2fa');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('Too many tries').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'I have saved them' }).click();
  await page.getByText('10 recovery codes left.').waitFor();
  await page.context().close();
});

test('a password is changed on the account page, and other devices are signed out', async () => {
  const email = 'changing@example.org';
  await signUp(app, email);
  const page = await open('/login?next=/account');
  await fillSignIn(page, email, PASSWORD);
  await page.getByText('This device').waitFor();
  expect(await page.getByRole('button', { name: /^Sign out / }).count()).toBeGreaterThan(1);

  await fillNewPassword(page, 'not my password', NEW_PASSWORD);
  await page.getByText('This is not your password.').waitFor();
  await fillNewPassword(page, PASSWORD, '1234567');
  await page.getByText('New password is too common.').waitFor();
  expect(await descriptionOf(page)).toEqual([
    'New password must have at least 8 characters.',
    'New password is too common.',
    'New password must not be all digits.',
  ]);
  await fillNewPassword(page, PASSWORD, NEW_PASSWORD, 'something else');
  await page.getByText('The two passwords differ.').waitFor();

  await fillNewPassword(page, PASSWORD, NEW_PASSWORD);
  await page.getByText('Your password is changed.').waitFor();
  expect(await page.getByLabel('Current password').inputValue()).toBe('');
  await page.getByRole('button', { name: 'Sign out all others' }).waitFor({ state: 'detached' });
  await leave(page);
  await page.goto('/login');
  await fillSignIn(page, email, NEW_PASSWORD);
  await page.waitForURL('**/browse');
  await page.context().close();
});

test('a passkey is added on the account page and signs in without a password', async () => {
  const email = 'fingers@example.org';
  await signUp(app, email);
  const page = await open('/login?next=/account');
  await addAuthenticator(page);
  await fillSignIn(page, email, PASSWORD);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByLabel('Name').fill('Laptop');
  await confirm(page, 'Continue', PASSWORD);
  await page.getByRole('button', { name: 'Remove Laptop' }).waitFor();

  await leave(page);
  await page.goto('/login?next=/account');
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await page.getByText('Last used').waitFor();

  await page.getByRole('button', { name: 'Remove Laptop' }).click();
  await confirm(page, 'Remove', PASSWORD);
  await page.getByText('You have no passkeys.').waitFor();
  await page.context().close();
});

test('a session on another device is ended from the account page', async () => {
  const email = 'two-devices@example.org';
  await signUp(app, email);
  const other = await open('/login', {
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  });
  await fillSignIn(other, email, PASSWORD);
  await other.waitForURL('**/browse');

  const page = await open('/login?next=/account');
  await fillSignIn(page, email, PASSWORD);
  await page.getByText('This device').waitFor();
  await page.getByRole('button', { name: 'Sign out Firefox on Linux' }).click();
  await page.getByText('Firefox on Linux is signed out.').waitFor();
  await other.reload();
  await other.waitForURL('**/login?next=*');

  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
  await page.goto('/account');
  await page.waitForURL('**/login?next=*');
  await other.context().close();
  await page.context().close();
});

test('a guest of the demo has no account page', async () => {
  const page = await open('/');
  await page.getByRole('button', { name: 'Try the demo' }).first().click();
  await page.waitForURL('**/browse');
  await page.getByRole('button', { name: 'Account menu' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  expect(await page.getByRole('link', { name: 'Account' }).count()).toBe(0);
  await page.goto('/account');
  await page.getByRole('heading', { name: 'Guests have no account' }).waitFor();
  await page.context().close();
});

test.each([390, 1366, 1920])('no page is wider than a screen of %i pixels', async (width) => {
  const email = `width-${width}@example.org`;
  await signUp(app, email);
  const page = await open('/login?next=/account', { viewport: { width, height: 844 } });
  expect(await overflowOf(page)).toBe(0);
  await fillSignIn(page, email, PASSWORD);
  await setUpTwoFactor(page);
  expect(await overflowOf(page)).toBe(0);
  for (const path of ['/reset-password?uid=a&token=b', '/confirm-email?uid=a&token=b']) {
    await page.goto(path);
    await page.getByRole('heading').first().waitFor();
    expect([path, await overflowOf(page)]).toEqual([path, 0]);
  }
  await page.context().close();
});

/** A page of a person whose browser knows nothing yet. */
async function open(path: string, options = {}): Promise<Page> {
  const page = await openPage(browser, origin, problems, options);
  await page.goto(path);
  return page;
}

async function fillRegistration(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('Email', { exact: true }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Repeat password').fill(password);
  await page.getByRole('button', { name: 'Create account' }).click();
}

async function fillSignIn(page: Page, login: string, password: string): Promise<void> {
  await page.getByLabel('Email or username').fill(login);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function fillNewPassword(
  page: Page,
  old: string,
  password: string,
  repeated = password,
): Promise<void> {
  await page.getByLabel('Current password').fill(old);
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByLabel('Repeat new password').fill(repeated);
  await page.getByRole('button', { name: 'Change password' }).click();
}

/** Answers as a server does that wants to be left alone for now. */
async function failing(route: Route): Promise<void> {
  await route.fulfill({ status: 429, body: '' });
}

/** Shows the password again, which the page asks for. */
async function confirm(page: Page, action: string, password: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Your password').fill(password);
  await dialog.getByRole('button', { name: action }).click();
}

/** Leaves the page with the recovery codes on it. */
async function setUpTwoFactor(page: Page): Promise<{ secret: string; recoveryCodes: string[] }> {
  await page.getByRole('button', { name: 'Set up' }).click();
  await confirm(page, 'Continue', PASSWORD);
  const shown = await page.getByTestId('totp-secret').textContent();
  const secret = (shown ?? '').replaceAll(' ', '');
  expect(await qrCodeIsDrawn(page)).toBe(true);
  await page.getByLabel('6-digit code').fill(codeOf(secret));
  await page.getByRole('button', { name: 'Switch on' }).click();
  await page.getByRole('heading', { name: 'Save your recovery codes' }).waitFor();
  return { secret, recoveryCodes: await page.getByTestId('recovery-code').allTextContents() };
}

function qrCodeIsDrawn(page: Page): Promise<boolean> {
  return page.evaluate(`(async () => {
    const image = document.querySelector('img[alt="QR code for your authenticator app"]');
    await image.decode();
    return image.naturalWidth > 0;
  })()`);
}

async function leave(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Account menu' }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor();
}

/** What an authenticator shows, some time steps from now. */
function codeOf(secret: string, steps = 0): string {
  const totp = new TOTP({ secret: Secret.fromBase32(secret) });
  return totp.generate({ timestamp: Date.now() + steps * STEP_MS });
}

/** The link of the newest mail to an address that leads to a page. */
async function linkMailedTo(email: string, page = '/activate'): Promise<string> {
  return until(
    async () => {
      const texts = (await mailsTo(app.dataDir, email)).map(({ text }) => text ?? '');
      const links = texts.flatMap((text) => /http\S+/.exec(text)?.[0] ?? []);
      return links.findLast((link) => new URL(link).pathname === page);
    },
    { what: `a mail with a link to ${page}` },
  );
}

/** The notes that describe the field with the focus. */
async function descriptionOf(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const note = document.getElementById(document.activeElement.getAttribute('aria-describedby'));
    return [...note.children].map((line) => line.textContent);
  })()`);
}

async function overflowOf(page: Page): Promise<number> {
  return page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
}
