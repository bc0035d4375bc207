import { Command } from 'commander';
import { AuditService } from '../audit/audit.service.js';
import { UsersService } from '../users/users.service.js';
import { withServices } from './context.js';
import { findUser, labelOf } from './find-user.js';

export const unlockCommand = new Command('unlock')
  .description('let failed sign-ins of somebody be forgotten, so that they can sign in at once')
  .argument('<email-or-username>', 'who is locked out')
  .action(async (identifier: string) => {
    await withServices(async (services) => {
      const user = await findUser(services, identifier);
      await services.get(UsersService).forgetFailures(user.id);
      await services
        .get(AuditService)
        .record({ action: 'sign_in.unlocked', subject: { type: 'user', id: user.id } });
      console.log(`Failed sign-ins of user '${labelOf(user)}' are forgotten.`);
    });
  });
