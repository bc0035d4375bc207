import { input as ask } from '@inquirer/prompts';
import type { INestApplicationContext } from '@nestjs/common';
import { Command } from 'commander';
import { AuditService } from '../audit/audit.service.js';
import { PasswordsService } from '../auth/passwords/passwords.service.js';
import { loadConfig } from '../config/config.js';
import { EmailField, UsernameField } from '../users/user.dto.js';
import { UsersService } from '../users/users.service.js';
import { CommandError, withServices } from './context.js';
import { askPasswordTwice, confirms, demandTerminal, keepsRules, problemOf } from './prompts.js';

interface Options {
  email?: string;
  username?: string;
  noinput: boolean;
  ifMissing: boolean;
}

interface Administrator {
  email: string;
  username: string | undefined;
  password: string;
}

const MIN_PASSWORD_LENGTH = 8;

export const createSuperuserCommand = new Command('create-superuser')
  .description('create an administrator; asks for what is not given')
  .option('--email <address>', 'e-mail address of the administrator')
  .option('--username <name>', 'username of the administrator; may be left out')
  .option('--noinput', 'never ask: take the options and the setting SUPERUSER_PASSWORD', false)
  .option('--if-missing', 'do nothing when there is a superuser already', false)
  .addHelpText(
    'after',
    `
With --noinput, SUPERUSER_PASSWORD needs ${MIN_PASSWORD_LENGTH} characters; the other rules for passwords
are up to you, as they are when you type one and say so.`,
  )
  .action(createSuperuser);

async function createSuperuser(options: Options): Promise<void> {
  await withServices(async (services) => {
    const users = services.get(UsersService);
    if (options.ifMissing && (await users.findFirstSuperuser())) {
      console.log('There is a superuser already.');
      return;
    }
    if (!options.noinput) {
      demandTerminal('run it with --noinput --email <address> and SUPERUSER_PASSWORD set');
    }
    const administrator = await (options.noinput ? given(users, options) : asked(users, options));
    await create(services, administrator);
    console.log('Superuser created successfully.');
  });
}

async function given(users: UsersService, { email, username }: Options): Promise<Administrator> {
  if (email === undefined) throw new CommandError('With --noinput, --email is needed.');
  failOn('--email', await emailProblem(users, email));
  if (username !== undefined) failOn('--username', await usernameProblem(users, username));
  const { superuserPassword: password } = loadConfig();
  if (password === undefined) throw new CommandError('With --noinput, set SUPERUSER_PASSWORD.');
  if (password.length < MIN_PASSWORD_LENGTH) {
    failOn('SUPERUSER_PASSWORD', `must have at least ${MIN_PASSWORD_LENGTH} characters`);
  }
  failOn('SUPERUSER_PASSWORD', problemOf(password));
  return { email, username, password };
}

async function asked(users: UsersService, options: Options): Promise<Administrator> {
  const email = await givenOrAsked(options.email, 'E-mail address:', (value) =>
    emailProblem(users, value),
  );
  const name = await givenOrAsked(options.username, 'Username (may be left empty):', (value) =>
    value === '' ? Promise.resolve(undefined) : usernameProblem(users, value),
  );
  const username = name === '' ? undefined : name;
  return { email, username, password: await askPassword({ email, username }) };
}

/** As Django does it: what is given is not asked for, unless it will not do. */
async function givenOrAsked(
  given: string | undefined,
  message: string,
  problemWith: (value: string) => Promise<string | undefined>,
): Promise<string> {
  if (given !== undefined) {
    const problem = await problemWith(given);
    if (problem === undefined) return given;
    console.error(`Error: ${problem}`);
  }
  return ask({ message, validate: async (value) => (await problemWith(value)) ?? true });
}

async function askPassword(owner: Omit<Administrator, 'password'>): Promise<string> {
  for (;;) {
    const password = await askPasswordTwice();
    if (password === undefined) continue;
    if (keepsRules(password, owner)) return password;
    if (await confirms('Bypass password validation and create user anyway?')) return password;
  }
}

async function create(
  services: INestApplicationContext,
  { email, username, password }: Administrator,
): Promise<void> {
  const { id } = await services.get(UsersService).create({
    email,
    username,
    passwordHash: await services.get(PasswordsService).hash(password),
    role: 'superuser',
    isActive: true,
  });
  await services.get(AuditService).record({
    action: 'user.created',
    subject: { type: 'user', id },
    details: { role: 'superuser' },
  });
}

async function emailProblem(users: UsersService, email: string): Promise<string | undefined> {
  if (!EmailField.safeParse(email).success) return 'Enter a valid e-mail address.';
  if (await users.findByEmail(email)) return 'That e-mail address is already taken.';
  return undefined;
}

async function usernameProblem(users: UsersService, name: string): Promise<string | undefined> {
  const checked = UsernameField.safeParse(name);
  if (!checked.success) return `A username ${checked.error.issues[0]?.message ?? 'is needed'}.`;
  if (await users.findByIdentifier(name)) return 'That username is already taken.';
  return undefined;
}

function failOn(name: string, problem: string | undefined): void {
  if (problem !== undefined) throw new CommandError(`${name}: ${problem}`);
}
