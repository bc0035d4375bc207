import { ConfigError } from './config/config-error.js';
import { EmbeddedPostgresError } from './infrastructure/database/embedded/embedded-postgres-error.js';

/** Why the platform cannot start, in one sentence for the person who starts it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** True for errors whose message is meant for the operator, without a stack. */
export function isStartProblem(error: unknown): error is Error {
  return (
    error instanceof StartError ||
    error instanceof ConfigError ||
    error instanceof EmbeddedPostgresError
  );
}
