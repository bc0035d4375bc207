import { Command } from 'commander';
import { UuidSchema } from '../common/ids.js';
import { ServiceKeysService } from '../service-keys/service-keys.service.js';
import { CommandError, withServices } from './context.js';

export const revokeServiceKeyCommand = new Command('revoke-service-key')
  .description('close a key of a service, for good and at once')
  .argument('<id>', 'id of the key, as list-service-keys shows it')
  .action(async (id: string) => {
    if (!UuidSchema.safeParse(id).success) throw new CommandError(`'${id}' is not an id.`);
    const { name, accessKeyId } = await withServices((services) =>
      services.get(ServiceKeysService).revoke(id),
    );
    console.log(`The key ${accessKeyId} of '${name}' opens nothing any more.`);
  });
