import type { INestApplicationContext } from '@nestjs/common';
import { Command } from 'commander';
import type { Video } from '../catalogue/video.entity.js';
import { DomainError } from '../common/domain-error.js';
import { ControlService } from '../pipeline/control.service.js';
import { CommandError, withServices } from './context.js';

export const retryFailedCommand = new Command('retry-failed')
  .description('process failed videos again, for which a worker has to run')
  .argument('[id...]', 'ids of videos, as list-failed shows them')
  .option('--all', 'every failed video whose file is still there', false)
  .action(async (ids: string[], { all }: { all: boolean }) => {
    if (all === ids.length > 0) throw new CommandError('Name the ids of videos, or --all.');
    const left = await withServices(async (services) => {
      const videos = await chosen(services, ids, all);
      return retry(services.get(ControlService), videos);
    });
    if (left > 0) process.exitCode = 1;
  });

async function chosen(
  services: INestApplicationContext,
  ids: readonly string[],
  all: boolean,
): Promise<Video[]> {
  const failed = await services.get(ControlService).listFailed();
  if (all) return failed.filter(({ sourceKey }) => sourceKey !== null);
  const unknown = ids.filter((id) => !failed.some((video) => video.id === id));
  if (unknown.length > 0)
    throw new CommandError(`No failed video has the id ${unknown.join(', ')}.`);
  return failed.filter(({ id }) => ids.includes(id));
}

/** Returns how many could not be retried. */
async function retry(control: ControlService, videos: readonly Video[]): Promise<number> {
  let left = 0;
  for (const video of videos) {
    try {
      await control.restart(video);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      console.error(`${video.id}: ${error.detail}`);
      left += 1;
    }
  }
  const retried = videos.length - left;
  console.log(`Processing ${retried} ${retried === 1 ? 'video' : 'videos'} again.`);
  return left;
}
