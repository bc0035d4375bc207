import { Command, InvalidArgumentError } from 'commander';
import {
  UsageReport,
  type KindUsage,
  type UserUsage,
} from '../housekeeping/usage-report.service.js';
import { withServices } from './context.js';
import { sizeOf } from './figures.js';
import { labelOf } from './find-user.js';
import { tableOf } from './table.js';

interface Options {
  measure: boolean;
  users: number;
  json: boolean;
}

const KIND_HEADINGS = ['KIND', 'FILES', 'SIZE'];
const USER_HEADINGS = ['USER', 'VIDEOS', 'SOURCES', 'RENDITIONS', 'UPLOADS', 'TOTAL'];

export const storageUsageCommand = new Command('storage-usage')
  .description('show how much room videos take, by kind and by the users who use most')
  .option(
    '--measure',
    'list the storage file by file, which takes long where there are many',
    false,
  )
  .option('--users <count>', 'how many users to show', toCount, 10)
  .option('--json', 'print a JSON object instead of tables', false)
  .addHelpText(
    'after',
    '\nWithout --measure the figures are those of the database, which does not know pictures, previews,' +
      '\nsubtitles, and files that belong to nothing.',
  )
  .action(async ({ measure, users: limit, json }: Options) => {
    const [kinds, users] = await withServices(async (services) => {
      const report = services.get(UsageReport);
      const { kinds: known, largestUsers } = await report.known(limit);
      return [measure ? await report.measured() : known, largestUsers] as const;
    });
    console.log(json ? JSON.stringify(toJson(kinds, users), null, 2) : toTables(kinds, users));
  });

function toTables(kinds: readonly KindUsage[], users: readonly UserUsage[]): string {
  const total = {
    kind: 'total',
    objects: kinds.reduce((sum, { objects }) => sum + objects, 0),
    bytes: kinds.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  const tables = [tableOf(KIND_HEADINGS, [...kinds, total].map(toKindRow))];
  if (users.length > 0) tables.push(tableOf(USER_HEADINGS, users.map(toUserRow)));
  return tables.join('\n\n');
}

function toKindRow({ kind, objects, bytes }: KindUsage): string[] {
  return [kind, objects.toLocaleString('en'), sizeOf(bytes)];
}

function toUserRow(user: UserUsage): string[] {
  const { videos, sourceBytes, renditionBytes, incomingBytes, usedBytes } = user;
  const sizes = [sourceBytes, renditionBytes, incomingBytes, usedBytes].map(sizeOf);
  return [labelOf(user), videos.toLocaleString('en'), ...sizes];
}

function toJson(kinds: readonly KindUsage[], users: readonly UserUsage[]) {
  return {
    kinds,
    users: users.map(({ id, email, username, videos, ...bytes }) => ({
      ...{ id, email, username, videos },
      source_bytes: bytes.sourceBytes,
      rendition_bytes: bytes.renditionBytes,
      incoming_bytes: bytes.incomingBytes,
      used_bytes: bytes.usedBytes,
    })),
  };
}

function toCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It has to be a whole number.');
}
