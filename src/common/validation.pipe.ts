import { StandardSchemaValidationPipe } from '@nestjs/common';
import { DomainError } from './domain-error.js';

/** Checks every body, query and parameter against its schema; each wrong field is named. */
export function validationPipe(): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) =>
      new DomainError(
        'request.invalid',
        'One or more fields are wrong.',
        issues.map((issue) => ({
          field: (issue.path ?? []).map(pathSegment).join('.'),
          message: issue.message,
        })),
      ),
  });
}

function pathSegment(segment: PropertyKey | { key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}
