import { Command } from 'commander';
import { PruneService } from '../housekeeping/prune.service.js';
import { withServices } from './context.js';
import { counted, sizeOf } from './figures.js';

/** Longer than anything takes from its first byte to its row. */
const SAFE_AGE_MILLISECONDS = 24 * 3_600_000;

export const pruneCommand = new Command('prune')
  .description('remove stored files that nothing refers to, and tell which videos lack files')
  .option('--dry-run', 'only show what would be removed', false)
  .addHelpText(
    'after',
    '\nFiles of the last 24 hours and of uploads that are not finished stay. Videos are never changed.',
  )
  .action(async ({ dryRun }: { dryRun: boolean }) => {
    const tally = { orphans: 0, bytes: 0, missing: 0 };
    const writtenBefore = new Date(Date.now() - SAFE_AGE_MILLISECONDS);
    await withServices((services) =>
      services.get(PruneService).prune(
        { dryRun, writtenBefore },
        {
          orphan: ({ key, sizeBytes }) => {
            tally.orphans += 1;
            tally.bytes += sizeBytes;
            console.log(`${dryRun ? 'would remove' : 'removed'} ${key} (${sizeOf(sizeBytes)})`);
          },
          missing: ({ videoId, key }) => {
            tally.missing += 1;
            console.log(`missing ${key} of video ${videoId}`);
          },
        },
      ),
    );
    const removed = `${counted(tally.orphans, 'file')}, ${sizeOf(tally.bytes)}`;
    console.log(
      `${dryRun ? 'Would remove' : 'Removed'} ${removed}. Missing: ${counted(tally.missing, 'file')}.`,
    );
  });
