import { Command } from 'commander';
import { FixturesService } from '../fixtures/fixtures.service.js';
import { withServices } from './context.js';

export const loadFixturesCommand = new Command('load-fixtures')
  .description('add the demo catalogue; a worker renders its clips in the background')
  .action(async () => {
    const loaded = await withServices((services) => services.get(FixturesService).load());
    console.log(
      `Loaded ${loaded.genres} genres, ${loaded.users} users and ${loaded.titles} titles.`,
    );
  });
