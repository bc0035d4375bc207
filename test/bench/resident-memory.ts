import { readFile } from 'node:fs/promises';

const MEBIBYTE = 1024 ** 2;
const SAMPLE_MILLISECONDS = 50;

/** What something took. */
export interface Cost {
  seconds: number;
  /** By how much the resident memory of the process grew at its highest. */
  growthMebibytes: number;
}

/** Does some work and watches the memory of a process meanwhile. */
export async function costOf(pid: number, work: () => Promise<unknown>): Promise<Cost> {
  const before = await residentBytes(pid);
  let peak = before;
  const sampling = setInterval(() => {
    void residentBytes(pid).then((bytes) => (peak = Math.max(peak, bytes)));
  }, SAMPLE_MILLISECONDS);
  const startedAt = performance.now();
  try {
    await work();
  } finally {
    clearInterval(sampling);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { seconds, growthMebibytes: (peak - before) / MEBIBYTE };
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
}
