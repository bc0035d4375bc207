import { input as ask, password as askSecret } from '@inquirer/prompts';
import { NewPasswordSchema } from '../auth/passwords/passwords.dto.js';
import { passwordFaults, type PasswordOwner } from '../auth/passwords/password-rules.js';
import { CommandError } from './context.js';

/** @param instead what to do where nobody can be asked, such as `run it with --noinput` */
export function demandTerminal(instead: string): void {
  if (!process.stdin.isTTY) throw new CommandError(`There is no terminal to ask on: ${instead}.`);
}

/** Asks for a password twice. Undefined, and the reason is printed, when it comes to nothing. */
export async function askPasswordTwice(): Promise<string | undefined> {
  const password = await askSecret({ message: 'Password:' });
  const repeated = await askSecret({ message: 'Password (again):' });
  const problem = password === repeated ? problemOf(password) : "Your passwords didn't match.";
  if (problem === undefined) return password;
  console.error(`Error: ${problem}`);
  return undefined;
}

/** True for a password that keeps the rules; prints those it breaks. */
export function keepsRules(password: string, owner: PasswordOwner): boolean {
  const faults = passwordFaults(password, owner);
  for (const fault of faults) console.error(`This password ${fault}.`);
  return faults.length === 0;
}

/** Asks a question whose answer is no unless somebody says yes. */
export async function confirms(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask({ message: `${question} [y/N]:` })).trim());
}

/** What makes a password useless, whatever the rules say. */
export function problemOf(password: string): string | undefined {
  if (password.trim() === '') return "Blank passwords aren't allowed.";
  if (NewPasswordSchema.safeParse(password).success) return undefined;
  return `Passwords have at most ${NewPasswordSchema.maxLength ?? 0} characters.`;
}
