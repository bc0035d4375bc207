import { Command } from 'commander';
import { isStartProblem } from '../start-error.js';
import { checkCommand } from './check.command.js';
import { CommandError } from './context.js';
import { createSuperuserCommand } from './create-superuser.command.js';
import { exportVideoDataCommand } from './export-video-data.command.js';
import { loadFixturesCommand } from './load-fixtures.command.js';
import { migrateCommand } from './migrate.command.js';

const program = new Command('npm run manage --')
  .description('Management commands of Videoflix. They work beside a running server.')
  .addCommand(checkCommand)
  .addCommand(createSuperuserCommand)
  .addCommand(exportVideoDataCommand)
  .addCommand(loadFixturesCommand)
  .addCommand(migrateCommand)
  .showHelpAfterError();

try {
  await program.parseAsync();
} catch (error) {
  const isExpected = error instanceof CommandError || isStartProblem(error) || isPromptExit(error);
  console.error(isExpected ? `Error: ${error.message}` : error);
  process.exitCode = 1;
}

/** Ctrl-C at a prompt. */
function isPromptExit(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ExitPromptError';
}
