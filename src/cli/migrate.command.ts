import { Command } from 'commander';
import { migrate } from '../infrastructure/database/migrate.js';
import { withDatabase } from './context.js';

export const migrateCommand = new Command('migrate')
  .description('apply the migrations of the schema and of the queue')
  .action(async () => {
    const applied = await withDatabase((url) => migrate(url));
    for (const name of applied) console.log(`Applied ${name}`);
    if (applied.length === 0) console.log('No migrations to apply.');
  });
