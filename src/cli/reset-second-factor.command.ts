import { Command } from 'commander';
import { SecondFactorService } from '../auth/second-factor/second-factor.service.js';
import { withServices } from './context.js';
import { findUser, labelOf } from './find-user.js';

export const resetSecondFactorCommand = new Command('reset-second-factor')
  .description(
    'leave an account with its password alone, for an owner who has lost everything else',
  )
  .argument('<email-or-username>', 'whose account it is')
  .addHelpText(
    'after',
    `
Two-factor sign-in is switched off and all passkeys are removed; a mail tells the owner.
Where STAFF_2FA is "required", staff then have to set up another one first.`,
  )
  .action(async (identifier: string) => {
    await withServices(async (services) => {
      const user = await findUser(services, identifier);
      await services.get(SecondFactorService).reset(user.id);
      console.log(`User '${labelOf(user)}' signs in with the password alone now.`);
    });
  });
