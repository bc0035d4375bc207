import { Command } from 'commander';
import { ServiceKeyNameSchema } from '../service-keys/service-key-name.js';
import { ServiceKeysService } from '../service-keys/service-keys.service.js';
import { CommandError, withServices } from './context.js';

export const createServiceKeyCommand = new Command('create-service-key')
  .description('make a pair of keys with which a service signs its requests, and show it once')
  .argument('<name>', 'which service it is for')
  .option('--json', 'print a JSON object instead of lines', false)
  .addHelpText(
    'after',
    '\nThe secret cannot be shown again: what is lost is revoked and made anew.',
  )
  .action(async (given: string, { json }: { json: boolean }) => {
    const name = ServiceKeyNameSchema.safeParse(given);
    if (!name.success) throw new CommandError(`The name ${name.error.issues[0]?.message ?? ''}.`);
    const { key, secretAccessKey } = await withServices((services) =>
      services.get(ServiceKeysService).create(name.data),
    );
    const pair = { access_key_id: key.accessKeyId, secret_access_key: secretAccessKey };
    if (json) console.log(JSON.stringify({ id: key.id, name: key.name, ...pair }, null, 2));
    else {
      console.log(`ID                 ${key.id}`);
      console.log(`Access key id      ${pair.access_key_id}`);
      console.log(`Secret access key  ${pair.secret_access_key}`);
    }
  });
