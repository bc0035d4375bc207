import { Command, Option } from 'commander';
import type { Config, StorageConfig } from '../config/config.js';
import { StorageMoveService, type MoveTally } from '../housekeeping/move/storage-move.service.js';
import { CommandError, withServices } from './context.js';
import { counted, sizeOf } from './figures.js';

type Kind = StorageConfig['kind'];

const PROGRESS_MILLISECONDS = 10_000;

export const moveStorageCommand = new Command('move-storage')
  .description('move all stored files from the disk to S3 or back, beside a running server')
  .addOption(
    new Option('--to <storage>', 'where they go').choices(['disk', 's3']).makeOptionMandatory(),
  )
  .addHelpText(
    'after',
    '\nSet STORAGE to where they go and STORAGE_FALLBACK to where they are, for all processes, and restart' +
      '\nthem first. It can be stopped and run again at any time.',
  )
  .action(async ({ to }: { to: Kind }) => {
    const tally = await withServices((services, config) => {
      demandSettings(config, to);
      return move(services.get(StorageMoveService), to);
    });
    if (!tally) throw new CommandError('Another process is moving files already.');
    console.log(`Moved ${counted(tally.moved, 'file')}, ${sizeOf(tally.movedBytes)} to ${to}.`);
    conclude(tally, to);
  });

/** @throws CommandError unless the server that runs with these settings writes to `to` and finds the rest */
function demandSettings({ storage, storageFallback }: Config, to: Kind): void {
  const from = otherThan(to);
  if (storage.kind === to && storageFallback?.kind === from) return;
  throw new CommandError(
    `Set STORAGE=${to} and STORAGE_FALLBACK=${from} for the server and this command, and restart the server first.`,
  );
}

async function move(service: StorageMoveService, to: Kind): Promise<MoveTally | undefined> {
  const from = otherThan(to);
  let [moved, shownAt] = [0, Date.now()];
  return service.move(({ key }, outcome) => {
    if (outcome === 'differs') {
      console.error(`${key} differs in the two storages, and stays in both.`);
    }
    if (outcome === 'spoiled') {
      console.error(`${key} came back from ${to} with other bytes, and stays on ${from}.`);
    }
    if (outcome !== 'moved') return;
    moved += 1;
    if (Date.now() - shownAt < PROGRESS_MILLISECONDS) return;
    shownAt = Date.now();
    console.log(`moved ${counted(moved, 'file')} so far`);
  });
}

function conclude({ busy, changed, differs, spoiled }: MoveTally, to: Kind): void {
  const from = otherThan(to);
  const waiting = busy + changed;
  if (waiting > 0) {
    console.log(
      `${counted(waiting, 'file')} of uploads and videos in progress stay on ${from}: run it again later.`,
    );
  }
  if (waiting + differs + spoiled > 0) process.exitCode = 1;
  else console.log(`Nothing is left on ${from}.`);
}

function otherThan(kind: Kind): Kind {
  return kind === 's3' ? 'disk' : 's3';
}
