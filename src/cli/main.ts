import { Command } from 'commander';
import { isStartProblem } from '../start-error.js';
import { checkCommand } from './check.command.js';
import { CommandError } from './context.js';
import { createSuperuserCommand } from './create-superuser.command.js';
import { exportVideoDataCommand } from './export-video-data.command.js';
import { loadFixturesCommand } from './load-fixtures.command.js';
import { migrateCommand } from './migrate.command.js';

const COMMANDS = [
  checkCommand,
  createSuperuserCommand,
  exportVideoDataCommand,
  loadFixturesCommand,
  migrateCommand,
];

const program = new Command('npm run manage --')
  .description('Management commands of Videoflix. They work beside a running server.')
  .showHelpAfterError();
for (const command of COMMANDS) program.addCommand(command.copyInheritedSettings(program));

try {
  await program.parseAsync();
} catch (error) {
  console.error(isForTheUser(error) ? `Error: ${error.message}` : error);
  process.exitCode = 1;
}

function isForTheUser(error: unknown): error is Error {
  return (
    error instanceof CommandError ||
    isStartProblem(error) ||
    isPromptExit(error) ||
    isSystemError(error)
  );
}

/** Ctrl-C at a prompt. */
function isPromptExit(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ExitPromptError';
}

/** A file that cannot be written, a host that does not answer: the message says which. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
