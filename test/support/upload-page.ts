import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { CDPSession, Locator, Page } from 'playwright-core';

/** Drops files on the page, as from a file manager. */
export async function dropFiles(page: Page, files: readonly string[]): Promise<void> {
  const dropped = await Promise.all(
    files.map(async (file) => ({
      name: path.basename(file),
      content: (await readFile(file)).toString('base64'),
      lastModified: Math.floor((await stat(file)).mtimeMs),
    })),
  );
  // A string, since this is the browser's code and has its types.
  const transfer = await page.evaluateHandle(`(() => {
    const transfer = new DataTransfer();
    for (const { name, content, lastModified } of ${JSON.stringify(dropped)}) {
      const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], name, { type: 'video/mp4', lastModified }));
    }
    return transfer;
  })()`);
  const zone = page.getByTestId('drop-zone');
  await zone.dispatchEvent('dragover', { dataTransfer: transfer });
  await zone.dispatchEvent('drop', { dataTransfer: transfer });
}

/** The line of a page, as developer tools change it. */
export class Line {
  private constructor(private readonly devtools: CDPSession) {}

  static async of(page: Page): Promise<Line> {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Network.enable');
    return new Line(devtools);
  }

  /** Bounds what goes up; bytes a second. */
  async slow(bytesPerSecond: number): Promise<void> {
    await this.emulate(false, bytesPerSecond);
  }

  async fast(): Promise<void> {
    await this.emulate(false, -1);
  }

  async cut(): Promise<void> {
    await this.emulate(true, -1);
  }

  private async emulate(offline: boolean, uploadThroughput: number): Promise<void> {
    await this.devtools.send('Network.emulateNetworkConditions', {
      ...{ offline, uploadThroughput, latency: 0, downloadThroughput: -1 },
    });
  }
}

/** The row of a file or a title. */
export function row(page: Page, name: string): Locator {
  return page.getByRole('listitem', { name, exact: true });
}
