import { createGround, startAppOn, type Ground, type TestApp } from './app.js';
import { WatchedFfmpeg } from './watched-ffmpeg.js';

/** A ground whose apps, of any role each, share an ffmpeg that is watched. */
export interface WatchedGround extends Ground {
  ffmpeg: WatchedFfmpeg;
  start(roles: string): Promise<TestApp>;
  /** Closes the apps that still run, and removes everything. */
  remove(): Promise<void>;
}

/** @param settings of every app */
export async function createWatchedGround(
  settings: Record<string, string>,
): Promise<WatchedGround> {
  const ground = await createGround();
  const ffmpeg = await WatchedFfmpeg.create();
  const running = new Set<TestApp>();
  return {
    ...ground,
    ffmpeg,
    start: async (roles) => {
      const own = { FFMPEG_PATH: ffmpeg.path, ROLES: roles };
      const app = await startAppOn(ground, { ...settings, ...own });
      running.add(app);
      const close = async () => {
        running.delete(app);
        await app.close();
      };
      return { ...app, close };
    },
    remove: async () => {
      for (const app of running) await app.close();
      await ffmpeg.remove();
      await ground.remove();
    },
  };
}
