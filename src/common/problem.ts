import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from './error-codes.js';
import type { FieldError } from './domain-error.js';

/** RFC 9457 problem details with our `code`, field errors and request id. */
export const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
    request_id: z.string(),
  })
  .meta({
    id: 'Problem',
    description: 'Problem details (RFC 9457)',
    example: {
      type: 'about:blank',
      title: 'There is no such video',
      status: 404,
      detail: 'No video has this id.',
      code: 'video.not_found',
      request_id: '4b1f0f0e-6d3c-4b57-9d0c-6f7a2c1d9f11',
    },
  });

export type Problem = z.output<typeof ProblemSchema>;

/** The problem document of a code. */
export function problemOf(
  code: ErrorCode,
  detail: string,
  requestId: string,
  errors?: readonly FieldError[],
): Problem {
  const { status, title } = ERROR_CODES[code];
  return {
    type: 'about:blank',
    title,
    status,
    detail,
    code,
    ...(errors ? { errors: [...errors] } : {}),
    request_id: requestId,
  };
}
