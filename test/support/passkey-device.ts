import type { Browser, CDPSession, Page } from 'playwright-core';
import type { Answer } from './client.js';

type Json = Answer['body'];

/**
 * An empty page of an origin in a real browser, with an authenticator of its own. Nobody has to
 * listen at the origin; ceremonies are for the page in front.
 */
export class PasskeyDevice {
  private constructor(
    private readonly page: Page,
    private readonly devtools: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  /** @param verifies whether the authenticator can ask who is there */
  static async at(browser: Browser, origin: string, verifies = true): Promise<PasskeyDevice> {
    const page = await browser.newPage();
    await page.route('**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Videoflix</title>' }),
    );
    await page.goto(origin);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: verifies,
        isUserVerified: verifies,
        automaticPresenceSimulation: true,
      },
    });
    return new PasskeyDevice(page, devtools, authenticatorId);
  }

  /** What `navigator.credentials.create` answers, as JSON. */
  async create(options: Json): Promise<Json> {
    await this.page.bringToFront();
    return this.page.evaluate(`(async () => {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(${JSON.stringify(options)});
      return (await navigator.credentials.create({ publicKey })).toJSON();
    })()`);
  }

  /** What `navigator.credentials.get` answers, as JSON. */
  async get(options: Json): Promise<Json> {
    await this.page.bringToFront();
    return this.page.evaluate(`(async () => {
      const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(${JSON.stringify(options)});
      return (await navigator.credentials.get({ publicKey })).toJSON();
    })()`);
  }

  /** Puts the one credential that is here, with its private key, on another device. */
  async cloneTo(other: PasskeyDevice): Promise<void> {
    const { authenticatorId } = this;
    const { credentials } = await this.devtools.send('WebAuthn.getCredentials', {
      authenticatorId,
    });
    for (const credential of credentials) {
      await other.devtools.send('WebAuthn.addCredential', {
        authenticatorId: other.authenticatorId,
        credential,
      });
    }
  }

  /** Forgets every credential, so that a sign-in has no choice. */
  async clear(): Promise<void> {
    const { authenticatorId } = this;
    await this.devtools.send('WebAuthn.clearCredentials', { authenticatorId });
  }
}
