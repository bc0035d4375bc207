import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { toolsReport } from '../media-tools/tools-version.js';
import { JobQueue } from '../ports/job-queue.js';
import { MediaStorage } from '../ports/media-storage.js';

/** Paths of the media tools to be checked. */
export class CheckedTools {
  constructor(
    readonly ffmpegPath: string,
    readonly ffprobePath: string,
  ) {}
}

export interface Check {
  name: 'database' | 'queue' | 'storage' | 'ffmpeg';
  ok: boolean;
  /** What was found, or what is wrong. */
  detail: string;
}

const TIMEOUT_MILLISECONDS = 5000;

/** Tries every part the platform stands on. */
@Injectable()
export class HealthService {
  constructor(
    private readonly database: DataSource,
    private readonly jobs: JobQueue,
    private readonly storage: MediaStorage,
    private readonly tools: CheckedTools,
  ) {}

  async checks(): Promise<Check[]> {
    return Promise.all([
      check('database', async () => {
        const [row] = await this.database.query<{ version: string }[]>(
          "SELECT current_setting('server_version') AS version",
        );
        return `PostgreSQL ${row?.version ?? ''}`;
      }),
      check('queue', async () => {
        await this.jobs.ping();
        return 'answers';
      }),
      check('storage', async () => {
        await this.storage.selfTest();
        return 'can be written and read';
      }),
      check('ffmpeg', async () => {
        const { ffmpegVersion, missing } = await toolsReport(this.tools);
        if (missing.length > 0) throw new Error(`was built without ${missing.join(', ')}`);
        return ffmpegVersion;
      }),
    ]);
  }
}

async function check(name: Check['name'], probe: () => Promise<string>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${TIMEOUT_MILLISECONDS / 1000} s`));
    }, TIMEOUT_MILLISECONDS);
  });
  try {
    return { name, ok: true, detail: await Promise.race([probe(), late]) };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
