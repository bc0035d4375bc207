import { Command } from 'commander';
import type { ServiceKey } from '../service-keys/service-key.entity.js';
import { ServiceKeysService } from '../service-keys/service-keys.service.js';
import { withServices } from './context.js';
import { tableOf } from './table.js';

const HEADINGS = ['ID', 'ACCESS KEY ID', 'NAME', 'CREATED', 'LAST USED', 'REVOKED'];

export const listServiceKeysCommand = new Command('list-service-keys')
  .description('show the keys of services, the newest first; never a secret')
  .option('--json', 'print a JSON array instead of a table', false)
  .addHelpText('after', '\nMoments are in UTC.')
  .action(async ({ json }: { json: boolean }) => {
    const keys = await withServices((services) => services.get(ServiceKeysService).list());
    if (json) console.log(JSON.stringify(keys.map(toJson), null, 2));
    else if (keys.length === 0) console.log('There are no service keys.');
    else console.log(tableOf(HEADINGS, keys.map(toRow)));
  });

function toJson({ id, accessKeyId, name, createdAt, lastUsedAt, revokedAt }: ServiceKey) {
  return {
    id,
    access_key_id: accessKeyId,
    name,
    created_at: createdAt,
    last_used_at: lastUsedAt,
    revoked_at: revokedAt,
  };
}

function toRow({ id, accessKeyId, name, createdAt, lastUsedAt, revokedAt }: ServiceKey): string[] {
  return [id, accessKeyId, name, ...[createdAt, lastUsedAt, revokedAt].map(minuteOf)];
}

/** `2026-03-01 08:15`, in UTC. */
function minuteOf(moment: Date | null): string {
  return moment?.toISOString().slice(0, 16).replace('T', ' ') ?? '-';
}
