import { defaultOptions } from 'tus-js-client';

import { idOf, type Remembered } from './matching';

const { urlStorage } = defaultOptions;

/** Which files this browser has begun to send; the tus client writes it down. */
export async function rememberedUploads(): Promise<Remembered[]> {
  const entries = await urlStorage.findAllUploads();
  return entries.flatMap(({ uploadUrl, urlStorageKey }) => {
    const [, fingerprint] = /^tus::(.*)::\d+$/s.exec(urlStorageKey) ?? [];
    return uploadUrl && fingerprint !== undefined ? [{ id: idOf(uploadUrl), fingerprint }] : [];
  });
}

export async function forgetUpload(id: string): Promise<void> {
  const entries = await urlStorage.findAllUploads();
  const own = entries.filter(({ uploadUrl }) => uploadUrl !== null && idOf(uploadUrl) === id);
  await Promise.all(own.map(({ urlStorageKey }) => urlStorage.removeUpload(urlStorageKey)));
}
