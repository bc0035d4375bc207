import type { Locator, Page } from 'playwright-core';

/** Drops files on the page, as from a file manager. */
export async function dropFiles(page: Page, files: readonly string[]): Promise<void> {
  // A page is given files of the disk by a field for them; strings are code of the browser's.
  await page.evaluate(`(() => {
    const field = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    document.body.append(Object.assign(field, { id: 'dropped', hidden: true }));
  })()`);
  await page.locator('#dropped').setInputFiles([...files]);
  const dataTransfer = await page.evaluateHandle(`(() => {
    const field = document.getElementById('dropped');
    const transfer = new DataTransfer();
    for (const file of field.files) transfer.items.add(file);
    field.remove();
    return transfer;
  })()`);
  const zone = page.getByTestId('drop-zone');
  await zone.dispatchEvent('dragover', { dataTransfer });
  await zone.dispatchEvent('drop', { dataTransfer });
}

/** The row of a file or a title. */
export function row(page: Page, name: string): Locator {
  return page.getByRole('listitem', { name, exact: true });
}
