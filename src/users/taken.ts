import { DomainError } from '../common/domain-error.js';

const UNIQUE_VIOLATION = '23505';
const EMAIL_INDEX = 'users_email_key';

interface PostgresFailure {
  driverError: { code?: string; constraint?: string };
}

/** @throws DomainError `user.exists` when the database refuses `change` for its address or name */
export async function orTaken<T>(change: Promise<T>): Promise<T> {
  try {
    return await change;
  } catch (error) {
    const constraint = violatedIndex(error);
    throw constraint === undefined ? error : taken(constraint);
  }
}

/** True for what the database says when somebody else has the name. */
export function isNameTaken(error: unknown): boolean {
  const constraint = violatedIndex(error);
  return constraint !== undefined && constraint !== EMAIL_INDEX;
}

function violatedIndex(error: unknown): string | undefined {
  const { code, constraint } = (error as Partial<PostgresFailure>).driverError ?? {};
  return code === UNIQUE_VIOLATION ? (constraint ?? '') : undefined;
}

function taken(constraint: string): DomainError {
  const [field, detail] =
    constraint === EMAIL_INDEX
      ? ['email', 'Somebody has this address already.']
      : ['username', 'Somebody has this username already.'];
  return new DomainError('user.exists', detail, [{ field, message: 'is taken' }]);
}
