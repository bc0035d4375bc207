import { rm } from 'node:fs/promises';

export default async function globalTeardown() {
  const { directory, postgres } = globalThis.videoflixTest;
  await postgres.release();
  await rm(directory, { recursive: true, force: true });
  if (postgres.relocated) await rm(postgres.directory, { recursive: true, force: true });
}
