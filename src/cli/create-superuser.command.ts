import { input as ask, password as askSecret } from '@inquirer/prompts';
import { Command } from 'commander';
import { z } from 'zod';
import { NewPasswordSchema } from '../auth/auth.dto.js';
import { hashPassword } from '../auth/passwords.js';
import { loadConfig } from '../config/config.js';
import { UsersService } from '../users/users.service.js';
import { CommandError, withServices } from './context.js';

interface Options {
  email?: string;
  noinput: boolean;
  ifMissing: boolean;
}

const EmailSchema = z.email('Enter a valid e-mail address.');

export const createSuperuserCommand = new Command('create-superuser')
  .description('create an administrator; asks for what is not given')
  .option('--email <address>', 'e-mail address of the administrator')
  .option('--noinput', 'never ask: take --email and the setting SUPERUSER_PASSWORD', false)
  .option('--if-missing', 'do nothing when there is a superuser already', false)
  .action(createSuperuser);

async function createSuperuser(options: Options): Promise<void> {
  if (!options.noinput && !process.stdin.isTTY) {
    throw new CommandError(
      'There is no terminal to ask on: run it with --noinput --email <address> and SUPERUSER_PASSWORD set.',
    );
  }
  await withServices(async (services) => {
    const users = services.get(UsersService);
    if (options.ifMissing && (await users.findFirstSuperuser())) {
      console.log('There is a superuser already.');
      return;
    }
    const email = options.noinput ? givenEmail(options) : await askEmail(users, options.email);
    await refuseTaken(users, email);
    const password = options.noinput ? givenPassword() : await askPassword();
    await users.create({
      email,
      passwordHash: await hashPassword(password),
      role: 'superuser',
      isActive: true,
    });
    console.log('Superuser created successfully.');
  });
}

function givenEmail({ email }: Options): string {
  if (email === undefined) throw new CommandError('With --noinput, --email is needed.');
  return orFail(EmailSchema.safeParse(email), '--email');
}

function givenPassword(): string {
  const { superuserPassword } = loadConfig();
  if (superuserPassword === undefined) {
    throw new CommandError('With --noinput, set SUPERUSER_PASSWORD.');
  }
  return orFail(NewPasswordSchema.safeParse(superuserPassword), 'SUPERUSER_PASSWORD');
}

async function askEmail(users: UsersService, given: string | undefined): Promise<string> {
  return ask({
    message: 'E-mail address:',
    ...(given === undefined ? {} : { default: given }),
    validate: async (value) => {
      const email = EmailSchema.safeParse(value);
      if (!email.success) return firstMessage(email.error);
      return (await users.findByEmail(email.data)) ? 'That e-mail address is already taken.' : true;
    },
  });
}

async function askPassword(): Promise<string> {
  for (;;) {
    const password = await askSecret({
      message: 'Password:',
      validate: (value) => {
        const checked = NewPasswordSchema.safeParse(value);
        return checked.success || `This password ${firstMessage(checked.error)}.`;
      },
    });
    if ((await askSecret({ message: 'Password (again):' })) === password) return password;
    console.error("Error: Your passwords didn't match.");
  }
}

async function refuseTaken(users: UsersService, email: string): Promise<void> {
  if (await users.findByEmail(email)) {
    throw new CommandError('That e-mail address is already taken.');
  }
}

function orFail(result: z.ZodSafeParseResult<string>, name: string): string {
  if (result.success) return result.data;
  throw new CommandError(`${name}: ${firstMessage(result.error)}`);
}

function firstMessage(error: z.ZodError): string {
  return error.issues[0]?.message ?? 'is wrong';
}
