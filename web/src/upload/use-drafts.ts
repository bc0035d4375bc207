import { useCallback, useState } from 'react';

import type { OpenUpload } from '../api/types';
import { fetchOpenUploads } from '../api/uploads';
import { counted } from '../format';
import { printOf } from './file-print';
import { fingerprintOf, isAlike, matchingUpload } from './matching';
import type { NewUpload, Uploads } from './uploads';

/** A file that was chosen, and is described before it goes up. */
export interface Draft {
  key: string;
  file: File;
}

/**
 * Sorts files that come in: one that was begun earlier goes on at once, any other becomes a draft.
 * `said` tells what became of those that are not to be seen as drafts.
 */
export function useDrafts(uploads: Uploads, known: readonly OpenUpload[]) {
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  const [said, setSaid] = useState('');

  const take = async (files: readonly File[]) => {
    const open = await fetchOpenUploads().catch(() => known);
    const prints = await printsOf(
      files.filter((file) => open.some((upload) => isAlike(upload, file))),
    );
    const begun: NewUpload[] = [];
    const fresh = new Map<string, File>();
    for (const file of files) {
      if (uploads.has(fingerprintOf(file))) continue;
      const free = open.filter(({ url }) => !uploads.isOfThisTab(url) && !isTaken(url, begun));
      const match = matchingUpload(file, prints.get(file), free);
      if (match) begun.push({ file, url: match.url, sentBytes: match.offset });
      else fresh.set(fingerprintOf(file), file);
    }
    uploads.add(begun);
    setDrafts((before) => {
      for (const { key } of before) fresh.delete(key);
      return [...before, ...[...fresh].map(([key, file]) => ({ key, file }))];
    });
    setSaid(inWords(begun, files.length - begun.length - fresh.size));
  };

  const remove = useCallback(
    (key: string) => setDrafts((before) => before.filter((draft) => draft.key !== key)),
    [],
  );
  const clear = useCallback(() => setDrafts([]), []);
  return { drafts, said, take, remove, clear };
}

/** One after the other: each holds two MiB in memory. */
async function printsOf(files: readonly File[]): Promise<ReadonlyMap<File, string | undefined>> {
  const prints = new Map<File, string | undefined>();
  for (const file of files) prints.set(file, await printOf(file));
  return prints;
}

function isTaken(url: string, begun: readonly NewUpload[]): boolean {
  return begun.some((upload) => upload.url === url);
}

function inWords(begun: readonly NewUpload[], listed: number): string {
  const [first, ...others] = begun;
  const parts = [
    first &&
      (others.length === 0
        ? `${first.file.name} goes on where it stopped.`
        : `${begun.length} uploads go on where they stopped.`),
    listed > 0 &&
      `${counted(listed, 'file')} of these ${listed === 1 ? 'is' : 'are'} here already.`,
  ];
  return parts.filter(Boolean).join(' ');
}
