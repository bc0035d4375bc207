import { inWords } from '../format';
import type { FieldProblem, Problem } from './types';

/** A refused or failed request; `status` is 0 when no answer arrived at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: readonly FieldProblem[] = [],
    readonly retryAfterSeconds?: number,
  ) {
    super(detail);
  }

  /** Everything that is wrong with one field; undefined when nothing is. */
  fieldMessages(field: string): readonly string[] | undefined {
    const messages = this.errors.flatMap((entry) => (entry.field === field ? entry.message : []));
    return messages.length > 0 ? messages : undefined;
  }
}

export const offline = () =>
  new ApiError(
    0,
    'client.offline',
    'The server did not answer. Check the connection and try again.',
  );

/** Reads problem+json; anything else becomes an error that names the HTTP status. */
export function problemToError(status: number, body: string, retryAfter: string | null): ApiError {
  const problem = parseProblem(body);
  const seconds = Number(retryAfter ?? Number.NaN);
  return new ApiError(
    status,
    problem?.code ?? `http.${status}`,
    problem?.detail ?? problem?.title ?? `The server answered with an error (${status}).`,
    problem?.errors ?? [],
    ...(Number.isFinite(seconds) ? [seconds] : []),
  );
}

/** One sentence for a person, whatever was thrown. */
export function describe(error: unknown): string {
  if (!(error instanceof ApiError)) return 'Something went wrong. Try again.';
  if (error.status === 429) return `Too many tries. Wait ${waitOf(error)}, then try again.`;
  return error.detail;
}

/** How long a refused caller has to wait: `15 minutes`. */
export function waitOf({ retryAfterSeconds }: ApiError): string {
  return retryAfterSeconds ? inWords(retryAfterSeconds) : 'a moment';
}

function parseProblem(body: string): Partial<Problem> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
