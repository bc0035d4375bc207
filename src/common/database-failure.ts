/** What PostgreSQL did not do for a reason that lies outside of what it was asked. */
export type DatabaseFailure = 'away' | 'full' | 'unstorable-text';

/** Of sockets that reach nobody, or lose whom they had reached. */
const LOST = [
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ENOTFOUND', 'EAI_AGAIN'],
];

/**
 * SQLSTATEs after which the same question may be answered (PostgreSQL's manual, appendix A): the connection is
 * broken (08), the server stops, starts or had to (57P01 to 57P03), all its connections are taken (53300), or the
 * transaction was in the way of another one (40001, 40P01).
 */
const TEMPORARY = /^(08...|57P0[1-3]|53300|40001|40P01)$/;

/** How node-postgres says that a connection ended, or did not come about in time: its errors have no codes. */
const ENDED =
  /^(Connection terminated|Client was closed|Client has encountered a connection error|timeout exceeded when trying to connect)/;

/** What kind of failure it was; undefined for the error of a statement, or one that is not the database's. */
export function databaseFailureOf(error: unknown): DatabaseFailure | undefined {
  // TypeORM wraps what statements throw, and nothing that comes before them.
  const { driverError = error } = error as { driverError?: unknown };
  // A name that has several addresses has failed at each of them.
  const first: unknown =
    driverError instanceof AggregateError ? (driverError.errors as unknown[])[0] : driverError;
  const { code, message, syscall } = first as NodeJS.ErrnoException;
  if (code === undefined) return ENDED.test(message) ? 'away' : undefined;
  // A request that its client breaks off is called ECONNRESET too, but by no system call.
  if (syscall !== undefined && LOST.includes(code)) return 'away';
  if (TEMPORARY.test(code)) return 'away';
  if (code === '53100') return 'full';
  // `character_not_in_repertoire`: its text cannot hold U+0000, which JSON and URLs can.
  return code === '22021' ? 'unstorable-text' : undefined;
}
