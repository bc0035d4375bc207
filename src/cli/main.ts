import { Command } from 'commander';
import { DomainError } from '../common/domain-error.js';
import { StorageUnavailableError } from '../ports/media-storage.js';
import { isStartProblem } from '../start-error.js';
import { changePasswordCommand } from './change-password.command.js';
import { checkCommand } from './check.command.js';
import { clearExpiredCommand } from './clear-expired.command.js';
import { CommandError } from './context.js';
import { createServiceKeyCommand } from './create-service-key.command.js';
import { createSuperuserCommand } from './create-superuser.command.js';
import { exportPlaybackKeysCommand } from './export-playback-keys.command.js';
import { exportVideoDataCommand } from './export-video-data.command.js';
import { listFailedCommand } from './list-failed.command.js';
import { listServiceKeysCommand } from './list-service-keys.command.js';
import { listSessionsCommand } from './list-sessions.command.js';
import { loadFixturesCommand } from './load-fixtures.command.js';
import { migrateCommand } from './migrate.command.js';
import { moveStorageCommand } from './move-storage.command.js';
import { pruneCommand } from './prune.command.js';
import { resetSecondFactorCommand } from './reset-second-factor.command.js';
import { retryFailedCommand } from './retry-failed.command.js';
import { revokeServiceKeyCommand } from './revoke-service-key.command.js';
import { rotatePlaybackKeyCommand } from './rotate-playback-key.command.js';
import { sendTestMailCommand } from './send-test-mail.command.js';
import { storageUsageCommand } from './storage-usage.command.js';
import { unlockCommand } from './unlock.command.js';

const COMMANDS = [
  changePasswordCommand,
  checkCommand,
  clearExpiredCommand,
  createServiceKeyCommand,
  createSuperuserCommand,
  exportPlaybackKeysCommand,
  exportVideoDataCommand,
  listFailedCommand,
  listServiceKeysCommand,
  listSessionsCommand,
  loadFixturesCommand,
  migrateCommand,
  moveStorageCommand,
  pruneCommand,
  resetSecondFactorCommand,
  retryFailedCommand,
  revokeServiceKeyCommand,
  rotatePlaybackKeyCommand,
  sendTestMailCommand,
  storageUsageCommand,
  unlockCommand,
];

const program = new Command('npm run manage --')
  .description('Management commands of Videoflix. They work beside a running server.')
  .showHelpAfterError();
for (const command of COMMANDS) program.addCommand(command.copyInheritedSettings(program));

try {
  await program.parseAsync();
} catch (error) {
  console.error(isForTheUser(error) ? `Error: ${messageOf(error)}` : error);
  process.exitCode = 1;
}

function isForTheUser(error: unknown): error is Error {
  return (
    error instanceof CommandError ||
    error instanceof DomainError ||
    error instanceof StorageUnavailableError ||
    isStartProblem(error) ||
    isPromptExit(error) ||
    isSystemError(error)
  );
}

/** The message of a domain error begins with its code, which is for clients. */
function messageOf(error: Error): string {
  if (isPromptExit(error)) return 'Operation cancelled.';
  return error instanceof DomainError ? error.detail : error.message;
}

/** Ctrl-C at a prompt. */
function isPromptExit(error: unknown): boolean {
  return error instanceof Error && error.name === 'ExitPromptError';
}

/** A file that cannot be written, a host that does not answer: the message says which. */
function isSystemError(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error;
}
