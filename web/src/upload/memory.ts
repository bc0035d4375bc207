import { defaultOptions } from 'tus-js-client';

import { idOf } from './matching';

const { urlStorage } = defaultOptions;

/** Has the tus client forget where it sent a file. */
export async function forgetUpload(id: string): Promise<void> {
  const entries = await urlStorage.findAllUploads();
  const own = entries.filter(({ uploadUrl }) => uploadUrl !== null && idOf(uploadUrl) === id);
  await Promise.all(own.map(({ urlStorageKey }) => urlStorage.removeUpload(urlStorageKey)));
}
