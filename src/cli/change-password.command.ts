import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { NewPasswordService } from '../auth/passwords/new-password.service.js';
import { faultsInWords, passwordFaults } from '../auth/passwords/password-rules.js';
import { PasswordsService } from '../auth/passwords/passwords.service.js';
import type { User } from '../users/user.entity.js';
import { CommandError, withServices } from './context.js';
import { findUser, labelOf } from './find-user.js';
import { askPasswordTwice, demandTerminal, keepsRules, problemOf } from './prompts.js';

const TRIES = 3;

export const changePasswordCommand = new Command('change-password')
  .description('give somebody a new password; they are signed out everywhere')
  .argument('<email-or-username>', 'whose password it is')
  .option('--stdin', 'read the password from standard input instead of asking', false)
  .addHelpText(
    'after',
    `
All sessions of the user end, links that were mailed to them are void, and a mail tells them.
The rules for passwords hold for this one, too.

Without a terminal:
  npm run manage -- change-password ada --stdin < password.txt`,
  )
  .action(changePassword);

async function changePassword(identifier: string, { stdin }: { stdin: boolean }): Promise<void> {
  if (!stdin) demandTerminal('run it with --stdin and the password on standard input');
  const given = stdin ? await readPassword() : undefined;
  await withServices(async (services) => {
    const user = await findUser(services, identifier);
    const password = given === undefined ? await askPassword(user) : keptOrFail(given, user);
    const passwordHash = await services.get(PasswordsService).hash(password);
    await services.get(NewPasswordService).set(user, { passwordHash, action: 'password.changed' });
    console.log(`Password changed successfully for user '${labelOf(user)}'`);
  });
}

/** The first line, so that the one a text file ends with does not count. */
async function readPassword(): Promise<string> {
  if (process.stdin.isTTY) {
    throw new CommandError('--stdin is for a file or a pipe: leave it out, and you are asked.');
  }
  const [password = ''] = (await text(process.stdin)).split(/\r?\n/, 1);
  const problem = problemOf(password);
  if (problem !== undefined) throw new CommandError(problem);
  return password;
}

async function askPassword(user: User): Promise<string> {
  console.log(`Changing password for user '${labelOf(user)}'`);
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const password = await askPasswordTwice();
    if (password !== undefined && keepsRules(password, user)) return password;
  }
  throw new CommandError(
    `Aborting password change for user '${labelOf(user)}' after ${TRIES} attempts`,
  );
}

function keptOrFail(password: string, user: User): string {
  const faults = passwordFaults(password, user);
  if (faults.length === 0) return password;
  throw new CommandError(faultsInWords(faults));
}
