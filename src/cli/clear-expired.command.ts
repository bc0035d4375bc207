import { Command } from 'commander';
import { ExpiredService } from '../account/expired.service.js';
import { withServices } from './context.js';

export const clearExpiredCommand = new Command('clear-expired')
  .description(
    'remove what has expired: sessions, mailed links, old records; the scheduler does so daily',
  )
  .action(async () => {
    console.log(await withServices((services) => services.get(ExpiredService).clear()));
  });
